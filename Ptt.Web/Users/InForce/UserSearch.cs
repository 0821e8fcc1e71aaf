using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Ptt.Dns;
using Ptt.Web.Configuration;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>Finds users in the cache, a page at a time, for lists that nobody wants to walk in memory. Gives addresses; what they mean is in <see cref="UserDirectory"/>.</summary>
internal sealed class UserSearch(IDbContextFactory<UserCacheDb> databases, DataDirectory data)
{
    private bool IsThere => File.Exists(data.File(UserCache.FileName));

    public async Task<FoundUsers> ListAsync(UserQuery query, string[]? after, CancellationToken cancellationToken)
    {
        await using UserCacheDb db = await databases.CreateDbContextAsync(cancellationToken);
        if (!IsThere)
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

    /// <summary>
    /// The addresses for which a condition of <see cref="Scim.ScimSql"/> holds, in order, and how many there are in all. Without
    /// <paramref name="page"/> all of them.
    /// </summary>
    public async Task<(IReadOnlyList<string> Addresses, int Total)> WhereAsync(
        string condition, IReadOnlyList<object> values, IReadOnlyList<DomainName>? domains, (int Skip, int Take)? page, CancellationToken cancellationToken)
    {
        if (!IsThere || domains is { Count: 0 })
        {
            return ([], 0);
        }

        await using UserCacheDb db = await databases.CreateDbContextAsync(cancellationToken);
        await db.Database.OpenConnectionAsync(cancellationToken);
        await using SqliteCommand command = ((SqliteConnection)db.Database.GetDbConnection()).CreateCommand();
        foreach ((int i, object value) in values.Index())
        {
            command.Parameters.AddWithValue(FormattableString.Invariant($"$v{i}"), value);
        }

        string where = $"FROM Users WHERE ({condition})";
        if (domains is not null)
        {
            where += $" AND Domain IN ({string.Join(", ", domains.Select((_, i) => FormattableString.Invariant($"$d{i}")))})";
            foreach ((int i, DomainName domain) in domains.Index())
            {
                command.Parameters.AddWithValue(FormattableString.Invariant($"$d{i}"), domain.ToString());
            }
        }

        List<string> found = [];
        command.CommandText = $"SELECT Address {where} ORDER BY Address" + (page is var (skip, take) ? FormattableString.Invariant($" LIMIT {take} OFFSET {skip}") : "");
        await using (SqliteDataReader rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                found.Add(rows.GetString(0));
            }
        }

        if (page is null)
        {
            return (found, found.Count);
        }

        command.CommandText = "SELECT COUNT(*) " + where;
        return (found, Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture));
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
}
