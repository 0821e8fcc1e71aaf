using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;

namespace Ptt.Web.Shell.Sessions;

/// <summary>
/// Who is signed in, from where, since when. Memory answers; the file lets sessions outlive a restart. A session ends when
/// it is idle too long, too old, revoked, or its person is no longer allowed in.
/// </summary>
public sealed class SessionStore : IDisposable
{
    public static readonly TimeSpan IdleFor = TimeSpan.FromHours(12);
    public static readonly TimeSpan AtMost = TimeSpan.FromDays(7);
    public const string FileName = "sessions.db";

    internal static readonly StoreFormat Format = new(
    [
        new("CREATE TABLE IF NOT EXISTS session(digest TEXT PRIMARY KEY, id TEXT NOT NULL, person TEXT NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL, client TEXT, agent TEXT) STRICT, WITHOUT ROWID"),
        new("ALTER TABLE session ADD COLUMN how TEXT", "ALTER TABLE session DROP COLUMN how") { TakenWhen = "SELECT 1 FROM pragma_table_info('session') WHERE name = 'how'" },
        new("ALTER TABLE session ADD COLUMN credential TEXT", "ALTER TABLE session DROP COLUMN credential"),
    ]) { Previous = 1 };

    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Session> _byDigest = new(StringComparer.Ordinal);
    private readonly Lock _writing = new();
    private readonly TimeProvider _time;
    private readonly SqliteConnection _file;

    public SessionStore(DataDirectory data, TimeProvider time)
    {
        _time = time;
        _file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = data.File(FileName), Pooling = false }.ToString());
        _file.Open();
        Run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
        Format.Upgrade(_file);
        Load();
    }

    /// <summary>After sessions ended; handlers return at once.</summary>
    public event Action? Ended;

    /// <summary>Makes a session and gives its key, which is stored nowhere else than in the browser.</summary>
    public (Session Session, string Key) Open(string person, string how, string? client, string? userAgent, string? credential = null)
    {
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        DateTimeOffset now = _time.GetUtcNow();
        var session = new Session
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), KeyDigest = Session.Digest(key), Person = person, How = how, Credential = credential,
            CreatedAt = now, LastSeenAt = now, Client = client, UserAgent = userAgent is { Length: > 300 } ? userAgent[..300] : userAgent,
        };
        _byDigest[session.KeyDigest] = session;
        Write(session);
        return (session, key);
    }

    /// <summary>The session of a key while it lasts; does not count as its use.</summary>
    public Session? Look(string key) =>
        _byDigest.TryGetValue(Session.Digest(key), out Session? session) && _time.GetUtcNow() is var now && now - session.LastSeenAt <= IdleFor && now - session.CreatedAt <= AtMost
            ? session : null;

    public Session? Find(string key)
    {
        if (Look(key) is not { } session)
        {
            if (_byDigest.TryGetValue(Session.Digest(key), out Session? over))
            {
                Close(over);
            }

            return null;
        }

        DateTimeOffset now = _time.GetUtcNow();

        if (now - session.LastSeenAt > SeenEvery)
        {
            Session seen = session with { LastSeenAt = now };
            if (_byDigest.TryUpdate(session.KeyDigest, seen, session))
            {
                Write(seen);
            }
        }

        return session;
    }

    public IReadOnlyList<Session> Of(string person) =>
        [.. All.Where(s => s.Person == person)];

    public IReadOnlyList<Session> All => [.. _byDigest.Values.OrderByDescending(s => s.LastSeenAt)];

    /// <summary>The same session, known to rest on another credential.</summary>
    public void Rest(Session session, string credential)
    {
        Session now = session with { Credential = credential };
        if (_byDigest.TryUpdate(session.KeyDigest, now, session))
        {
            Write(now);
        }
    }

    public void Close(Session session)
    {
        _byDigest.TryRemove(session.KeyDigest, out _);
        Run("DELETE FROM session WHERE digest = $digest", ("$digest", session.KeyDigest));
        Ended?.Invoke();
    }

    public void CloseAll(string person, string? exceptDigest = null)
    {
        foreach (Session session in Of(person).Where(s => s.KeyDigest != exceptDigest))
        {
            Close(session);
        }
    }

    public void Dispose() => _file.Dispose();

    private void Write(Session s) => Run(
        "INSERT INTO session(digest, id, person, created, seen, client, agent, how, credential) VALUES($digest, $id, $person, $created, $seen, $client, $agent, $how, $credential) "
        + "ON CONFLICT(digest) DO UPDATE SET seen = excluded.seen, credential = excluded.credential",
        ("$digest", s.KeyDigest), ("$id", s.Id), ("$person", s.Person), ("$created", s.CreatedAt.ToUnixTimeSeconds()), ("$seen", s.LastSeenAt.ToUnixTimeSeconds()),
        ("$client", s.Client), ("$agent", s.UserAgent), ("$how", s.How), ("$credential", s.Credential));

    private void Load()
    {
        using SqliteCommand command = _file.CreateCommand();
        command.CommandText = "SELECT digest, id, person, created, seen, client, agent, how, credential FROM session";
        using SqliteDataReader row = command.ExecuteReader();
        while (row.Read())
        {
            var session = new Session
            {
                KeyDigest = row.GetString(0), Id = row.GetString(1), Person = row.GetString(2),
                CreatedAt = DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(3)), LastSeenAt = DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(4)),
                Client = row.IsDBNull(5) ? null : row.GetString(5), UserAgent = row.IsDBNull(6) ? null : row.GetString(6),
                How = row.IsDBNull(7) ? "password" : row.GetString(7), Credential = row.IsDBNull(8) ? null : row.GetString(8),
            };
            _byDigest[session.KeyDigest] = session;
        }
    }

    private void Run(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        lock (_writing)
        {
            using SqliteCommand command = _file.CreateCommand();
            command.CommandText = sql;
            foreach ((string name, object? value) in values)
            {
                command.Parameters.AddWithValue(name, value ?? DBNull.Value);
            }

            command.ExecuteNonQuery();
        }
    }
}
