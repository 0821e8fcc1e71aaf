using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Ptt.Dns;
using Ptt.Web.Configuration;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>
/// The shadow of one commit in SQLite: one transaction for each step, which also says which commit it shows. Of another schema,
/// damaged or gone, it is drawn again from git; nothing is lost by that but time.
/// </summary>
internal sealed partial class UserCache(IDbContextFactory<UserCacheDb> databases, DataDirectory data, ILogger<UserCache> logger)
{
    private const string Schema = "2";
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

            UserRow[] rows = await db.Users.AsNoTracking().ToArrayAsync(cancellationToken);
            StoredUser?[] read = new StoredUser?[rows.Length];
            Parallel.For(0, rows.Length, i => read[i] = Read(rows[i]));
            List<Fault> faults = [];
            StoredDomain[] domains = [.. (await db.Domains.AsNoTracking().ToArrayAsync(cancellationToken))
                .Select(row => UserFile.ParseDomain(row.File, faults) is { } domain ? new StoredDomain(domain, row.Version) : null).OfType<StoredDomain>()];
            if (faults.Count > 0 || read.Contains(null))
            {
                return null;
            }

            return new UserSnapshot
            {
                Commit = commit,
                Users = read.ToImmutableDictionary(u => u!.User.Address.ToString(), u => u!, StringComparer.Ordinal),
                Domains = domains.ToImmutableDictionary(d => d.Domain.Domain),
                Administrators = read.Count(u => u!.User.Enabled && u.User.Roles.Contains("admin")),
            };
        }
        catch (Exception fault) when (fault is SqliteException or InvalidOperationException or FormatException or AggregateException)
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
        await UserCacheWriter.WriteAsync((SqliteConnection)db.Database.GetDbConnection(), changes, commit, cancellationToken);
    }

    /// <summary>Throws away what is there and writes the whole of it. Until the end nothing calls it a cache: a death on the way costs the time to draw it again.</summary>
    public async Task RebuildAsync(ChangeSet everything, string commit, CancellationToken cancellationToken)
    {
        SqliteConnection.ClearAllPools();
        string file = data.File(FileName);
        foreach (string suffix in (string[])["", "-wal", "-shm", "-journal"])
        {
            File.Delete(file + suffix);
        }

        await using (UserCacheDb db = await databases.CreateDbContextAsync(cancellationToken))
        {
            await db.Database.OpenConnectionAsync(cancellationToken);
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;", cancellationToken);
            await db.Database.ExecuteSqlRawAsync(UserCacheDb.Tables, cancellationToken);
            await UserCacheWriter.WriteAsync((SqliteConnection)db.Database.GetDbConnection(), everything, commit, cancellationToken);
            await db.Database.ExecuteSqlRawAsync(UserCacheDb.Indexes, cancellationToken);   // cheaper behind the rows than under them
            await db.Database.ExecuteSqlAsync($"INSERT INTO Facts (Name, Value) VALUES ('schema', {Schema})", cancellationToken);
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", cancellationToken);
        }

        SqliteConnection.ClearAllPools();   // the one with other pragmas must not come back
        CacheRebuilt(everything.Users.Count, commit);
    }

    private static StoredUser? Read(UserRow row) =>
        UserFile.Parse(row.File, []) is { } user && UserFile.BlobId(row.File) == row.Version && user.Address.ToString() == row.Address
            ? new StoredUser(user, row.Version, DateTimeOffset.FromUnixTimeSeconds(row.Changed)) : null;

    private static async Task<string?> FactAsync(UserCacheDb db, string name, CancellationToken cancellationToken) =>
        (await db.Facts.AsNoTracking().FirstOrDefaultAsync(f => f.Name == name, cancellationToken))?.Value;

    [LoggerMessage(3301, LogLevel.Warning, "The cache of users cannot be read; it is drawn again from git")]
    private partial void CacheUnreadable(Exception fault);

    [LoggerMessage(3302, LogLevel.Information, "The cache of users was drawn from git: {Users} users at {Commit}")]
    private partial void CacheRebuilt(int users, string commit);
}
