using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Ptt.Dns;
using Ptt.Web.Configuration;
using Ptt.Web.Http;

namespace Ptt.Web.Users;

/// <summary>
/// The shadow of one commit in SQLite: one transaction for each step, which also says which commit it shows. Of another schema,
/// damaged or gone, it is drawn again from git; nothing is lost by that but time.
/// </summary>
internal sealed partial class UserCache(IDbContextFactory<UserCacheDb> databases, DataDirectory data, ILogger<UserCache> logger)
{
    private const string Schema = "1";
    public const string FileName = "users-cache.db";

    /// <summary>What the cache shows; null when it must be drawn again.</summary>
    public async Task<UserSnapshot?> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using UserCacheDb db = await databases.CreateDbContextAsync(cancellationToken);
            if (!File.Exists(data.File(FileName)) || await FactAsync(db, "schema", cancellationToken) != Schema || await FactAsync(db, "commit", cancellationToken) is not { } commit)
            {
                return null;
            }

            var users = ImmutableDictionary.CreateBuilder<string, StoredUser>(StringComparer.Ordinal);
            List<Fault> faults = [];
            await foreach (UserRow row in db.Users.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                if (UserFile.Parse(row.File, faults) is { } user && IncomingPolicy.BlobId(row.File) == row.Version)
                {
                    users[row.Address] = new StoredUser(user, row.Version, DateTimeOffset.FromUnixTimeSeconds(row.Changed));
                    continue;
                }

                return null;
            }

            var domains = ImmutableDictionary.CreateBuilder<DomainName, StoredDomain>();
            await foreach (DomainRow row in db.Domains.AsNoTracking().AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                if (UserFile.ParseDomain(row.File, faults) is not { } domain)
                {
                    return null;
                }

                domains[domain.Domain] = new StoredDomain(domain, row.Version);
            }

            return new UserSnapshot
            {
                Commit = commit, Users = users.ToImmutable(), Domains = domains.ToImmutable(),
                Administrators = users.Values.Count(u => u.User.Enabled && u.User.Roles.Contains("admin")),
            };
        }
        catch (Exception fault) when (fault is SqliteException or InvalidOperationException or FormatException)
        {
            CacheUnreadable(fault);
            return null;
        }
    }

    /// <summary>One step forward, in one transaction.</summary>
    public async Task ApplyAsync(ChangeSet changes, string commit, CancellationToken cancellationToken)
    {
        await using UserCacheDb db = await databases.CreateDbContextAsync(cancellationToken);
        await db.Database.OpenConnectionAsync(cancellationToken);
        await using var transaction = (SqliteTransaction)await db.Database.GetDbConnection().BeginTransactionAsync(cancellationToken);
        Write((SqliteConnection)db.Database.GetDbConnection(), transaction, changes, commit);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Throws away what is there and writes the whole of it.</summary>
    public async Task RebuildAsync(ChangeSet everything, string commit, CancellationToken cancellationToken)
    {
        SqliteConnection.ClearAllPools();
        string file = data.File(FileName);
        foreach (string suffix in (string[])["", "-wal", "-shm", "-journal"])
        {
            File.Delete(file + suffix);
        }

        await using UserCacheDb db = await databases.CreateDbContextAsync(cancellationToken);
        await db.Database.EnsureCreatedAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", cancellationToken);
        db.Facts.Add(new CacheFact { Name = "schema", Value = Schema });
        await db.SaveChangesAsync(cancellationToken);
        await ApplyAsync(everything, commit, cancellationToken);
        CacheRebuilt(everything.Users.Count, commit);
    }

    public async Task<FoundUsers> ListAsync(UserQuery query, string[]? after, CancellationToken cancellationToken)
    {
        await using UserCacheDb db = await databases.CreateDbContextAsync(cancellationToken);
        if (!File.Exists(data.File(FileName)))
        {
            return new FoundUsers([], null, 0);
        }

        IQueryable<UserRow> rows = Filter(db.Users.AsNoTracking(), query);
        int total = await rows.CountAsync(cancellationToken);
        rows = Order(After(rows, query, after), query);
        List<string> found = await rows.Take(query.Limit + 1).Select(u => u.Address).ToListAsync(cancellationToken);
        string? next = null;
        if (found.Count > query.Limit)
        {
            found.RemoveAt(query.Limit);
            string last = found[^1];
            UserRow row = await db.Users.AsNoTracking().FirstAsync(u => u.Address == last, cancellationToken);
            next = Cursor.Encode(query.Sort switch
            {
                UserSort.DisplayName => row.DisplayName,
                UserSort.Changed => row.Changed.ToString(CultureInfo.InvariantCulture),
                _ => "",
            }, last);
        }

        return new FoundUsers(found, next, total);
    }

    private static IQueryable<UserRow> Filter(IQueryable<UserRow> rows, UserQuery query)
    {
        if (query.Search is { Length: > 0 } text)
        {
            string pattern = "%" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";
            rows = rows.Where(u => EF.Functions.Like(u.Address, pattern, "\\") || EF.Functions.Like(u.DisplayName, pattern, "\\"));
        }

        if (query.Domains is { } domains)
        {
            string[] names = [.. domains.Select(d => d.ToString())];
            rows = rows.Where(u => names.Contains(u.Domain));
        }

        if (query.Role is { Length: > 0 } role)
        {
            string word = $" {role} ";
            rows = rows.Where(u => u.Roles.Contains(word));
        }

        return query.Enabled is { } enabled ? rows.Where(u => u.Enabled == enabled) : rows;
    }

    private static IQueryable<UserRow> After(IQueryable<UserRow> rows, UserQuery query, string[]? after)
    {
        if (after is not [{ } key, { } address])
        {
            return rows;
        }

        _ = long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out long at);
        return (query.Sort, query.Descending) switch
        {
            (UserSort.DisplayName, false) => rows.Where(u => u.DisplayName.CompareTo(key) > 0 || (u.DisplayName == key && u.Address.CompareTo(address) > 0)),
            (UserSort.DisplayName, true) => rows.Where(u => u.DisplayName.CompareTo(key) < 0 || (u.DisplayName == key && u.Address.CompareTo(address) < 0)),
            (UserSort.Changed, false) => rows.Where(u => u.Changed > at || (u.Changed == at && u.Address.CompareTo(address) > 0)),
            (UserSort.Changed, true) => rows.Where(u => u.Changed < at || (u.Changed == at && u.Address.CompareTo(address) < 0)),
            (_, false) => rows.Where(u => u.Address.CompareTo(address) > 0),
            (_, true) => rows.Where(u => u.Address.CompareTo(address) < 0),
        };
    }

    private static IQueryable<UserRow> Order(IQueryable<UserRow> rows, UserQuery query) => (query.Sort, query.Descending) switch
    {
        (UserSort.DisplayName, false) => rows.OrderBy(u => u.DisplayName).ThenBy(u => u.Address),
        (UserSort.DisplayName, true) => rows.OrderByDescending(u => u.DisplayName).ThenByDescending(u => u.Address),
        (UserSort.Changed, false) => rows.OrderBy(u => u.Changed).ThenBy(u => u.Address),
        (UserSort.Changed, true) => rows.OrderByDescending(u => u.Changed).ThenByDescending(u => u.Address),
        (_, false) => rows.OrderBy(u => u.Address),
        (_, true) => rows.OrderByDescending(u => u.Address),
    };

    // Plain commands: 100,000 rows through the change tracker would take most of a minute.
    private static void Write(SqliteConnection connection, SqliteTransaction transaction, ChangeSet changes, string commit)
    {
        using SqliteCommand gone = Prepare("DELETE FROM Users WHERE Address = $a", "$a");
        foreach (string address in changes.GoneUsers)
        {
            Execute(gone, address);
        }

        using SqliteCommand user = Prepare(
            "INSERT OR REPLACE INTO Users (Address, Domain, DisplayName, Enabled, Roles, Version, Changed, File) VALUES ($a, $d, $n, $e, $r, $v, $c, $f)",
            "$a", "$d", "$n", "$e", "$r", "$v", "$c", "$f");
        foreach (StoredUser stored in changes.Users)
        {
            User u = stored.User;
            Execute(user, u.Address.ToString(), u.Address.Domain.ToString(), u.DisplayName ?? "", u.Enabled ? 1 : 0, $" {string.Join(' ', u.Roles)} ",
                stored.Version, stored.Changed.ToUnixTimeSeconds(), changes.Files[stored.Version]);
        }

        using SqliteCommand noDomain = Prepare("DELETE FROM Domains WHERE Name = $a", "$a");
        foreach (DomainName name in changes.GoneDomains)
        {
            Execute(noDomain, name.ToString());
        }

        using SqliteCommand domain = Prepare("INSERT OR REPLACE INTO Domains (Name, Version, File) VALUES ($a, $v, $f)", "$a", "$v", "$f");
        foreach (StoredDomain stored in changes.Domains)
        {
            Execute(domain, stored.Domain.Domain.ToString(), stored.Version, changes.Files[stored.Version]);
        }

        using SqliteCommand fact = Prepare("INSERT OR REPLACE INTO Facts (Name, Value) VALUES ('commit', $a)", "$a");
        Execute(fact, commit);

        SqliteCommand Prepare(string sql, params string[] parameters)
        {
            SqliteCommand command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, sql);
            foreach (string parameter in parameters)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
            }

            return command;
        }

        static void Execute(SqliteCommand command, params object[] values)
        {
            foreach ((int i, object value) in values.Index())
            {
                command.Parameters[i].Value = value;
            }

            command.ExecuteNonQuery();
        }
    }

    private static async Task<string?> FactAsync(UserCacheDb db, string name, CancellationToken cancellationToken) =>
        (await db.Facts.AsNoTracking().FirstOrDefaultAsync(f => f.Name == name, cancellationToken))?.Value;

    [LoggerMessage(3301, LogLevel.Warning, "The cache of users cannot be read; it is drawn again from git")]
    private partial void CacheUnreadable(Exception fault);

    [LoggerMessage(3302, LogLevel.Information, "The cache of users was drawn from git: {Users} users at {Commit}")]
    private partial void CacheRebuilt(int users, string commit);
}
