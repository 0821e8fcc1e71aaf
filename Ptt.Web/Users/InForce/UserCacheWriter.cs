using Microsoft.Data.Sqlite;
using Ptt.Dns;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>Writes a step into the cache by plain prepared commands: 100,000 rows through a change tracker would take most of a minute.</summary>
internal static class UserCacheWriter
{
    public static async Task WriteAsync(SqliteConnection connection, ChangeSet changes, string commit, CancellationToken cancellationToken)
    {
        await using var transaction = (SqliteTransaction)await connection.BeginTransactionAsync(cancellationToken);
        Write(connection, transaction, changes, commit);
        await transaction.CommitAsync(cancellationToken);
    }

    private static void Write(SqliteConnection connection, SqliteTransaction transaction, ChangeSet changes, string commit)
    {
        using SqliteCommand gone = Prepare("DELETE FROM Users WHERE Address = $0", 1);
        foreach (string address in changes.GoneUsers)
        {
            Execute(gone, address);
        }

        using SqliteCommand user = Prepare(
            "INSERT OR REPLACE INTO Users (Address, Domain, DisplayName, Enabled, Roles, Version, Changed, ScimId, ExternalId, Emails, ScimDeleted, File) VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", 12);
        foreach (StoredUser stored in changes.Users.Count > 1000 ? changes.Users.OrderBy(u => u.User.Address.ToString(), StringComparer.Ordinal) : changes.Users.AsEnumerable())
        {
            User u = stored.User;
            string address = u.Address.ToString();
            Execute(user, address, u.Address.Domain.ToString(), u.DisplayName ?? "", u.Enabled ? 1 : 0, $" {string.Join(' ', u.Roles)} ",
                stored.Version, stored.Changed.ToUnixTimeSeconds(), ScimFacts.IdOf(u), ScimFacts.ExternalIdOf(u) ?? "", $" {string.Join(' ', ScimFacts.EmailsOf(u))} ",
                ScimFacts.IsDeleted(u) ? 1 : 0, changes.Files[stored.Version]);
        }

        using SqliteCommand noDomain = Prepare("DELETE FROM Domains WHERE Name = $0", 1);
        foreach (DomainName name in changes.GoneDomains)
        {
            Execute(noDomain, name.ToString());
        }

        using SqliteCommand domain = Prepare("INSERT OR REPLACE INTO Domains (Name, Version, File) VALUES ($0, $1, $2)", 3);
        foreach (StoredDomain stored in changes.Domains)
        {
            Execute(domain, stored.Domain.Domain.ToString(), stored.Version, changes.Files[stored.Version]);
        }

        using SqliteCommand fact = Prepare("INSERT OR REPLACE INTO Facts (Name, Value) VALUES ('commit', $0)", 1);
        Execute(fact, commit);

        SqliteCommand Prepare(string sql, int parameters)
        {
            SqliteCommand command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, sql);
            for (int i = 0; i < parameters; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = FormattableString.Invariant($"${i}") });
            }

            return command;
        }

        static void Execute(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            for (int i = 0; i < values.Length; i++)
            {
                command.Parameters[i].Value = values[i];
            }

            command.ExecuteNonQuery();
        }
    }
}
