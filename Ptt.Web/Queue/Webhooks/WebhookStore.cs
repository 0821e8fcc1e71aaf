using System.Text;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Storage;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Queue.Webhooks;

/// <summary>Who is told of what, and what has not been told yet. Small and guarded by one lock; it survives a restart.</summary>
internal sealed class WebhookStore : IStoryListener, IDisposable
{
    public const string FileName = "webhooks.db";

    internal static readonly StoreFormat Format = StoreFormat.Embedded("webhooks", previous: 1);

    private static readonly TimeSpan Overlap = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly SqliteFile _file;
    private readonly TimeProvider _time;
    private Dictionary<string, WebhookEndpoint> _endpoints = [];

    public WebhookStore(DataDirectory data, TimeProvider time)
    {
        _time = time;
        _file = SqliteFile.OpenWriter(data.File(FileName), Format, cacheKibibytes: 2048);
        Load();
    }

    /// <summary>Something is to be sent, or the endpoints have changed.</summary>
    public event Action? Changed;

    public IReadOnlyCollection<WebhookEndpoint> Endpoints => Volatile.Read(ref _endpoints).Values;

    public bool Wants(string type) => Endpoints.Any(e => e.Disabled is null && e.Events.Contains(type));

    public WebhookEndpoint? Find(string id) => Volatile.Read(ref _endpoints).GetValueOrDefault(id);

    public WebhookEndpoint Add(Uri url, IReadOnlyList<string> events)
    {
        var endpoint = new WebhookEndpoint(Guid.CreateVersion7(_time.GetUtcNow()).ToString("N"), url, events, WebhookSignature.NewSecret(), null, null, _time.GetUtcNow(), null);
        Save(endpoint);
        return endpoint;
    }

    public void Save(WebhookEndpoint endpoint)
    {
        lock (_gate)
        {
            using Statement save = _file.Prepare("INSERT OR REPLACE INTO endpoint (id, url, events, secret, old_secret, old_until, created, disabled) VALUES (?,?,?,?,?,?,?,?)");
            save.Bind(1, endpoint.Id).Bind(2, endpoint.Url.AbsoluteUri).Bind(3, string.Join('\n', endpoint.Events)).Bind(4, endpoint.Secret).Bind(5, endpoint.OldSecret)
                .Bind(6, endpoint.OldUntil?.ToUnixTimeMilliseconds()).Bind(7, endpoint.Created.ToUnixTimeMilliseconds()).Bind(8, endpoint.Disabled).Run();
            Load();
        }

        Changed?.Invoke();
    }

    /// <summary>A new secret; the old one signs beside it for a day.</summary>
    public WebhookEndpoint Rotate(WebhookEndpoint endpoint)
    {
        endpoint = endpoint with { Secret = WebhookSignature.NewSecret(), OldSecret = endpoint.Secret, OldUntil = _time.GetUtcNow() + Overlap };
        Save(endpoint);
        return endpoint;
    }

    public void Remove(string id)
    {
        lock (_gate)
        {
            using Statement events = _file.Prepare("DELETE FROM event WHERE endpoint = ?");
            using Statement endpoint = _file.Prepare("DELETE FROM endpoint WHERE id = ?");
            _file.Begin();
            events.Bind(1, id).Run();
            endpoint.Bind(1, id).Run();
            _file.Commit();
            Load();
        }

        Changed?.Invoke();
    }

    public void Hear(IReadOnlyList<ToldStory> stories)
    {
        WebhookEndpoint[] listening = [.. Endpoints.Where(e => e.Disabled is null)];
        if (listening.Length > 0)
        {
            Put(stories.SelectMany(WebhookEvent.Of), listening);
        }
    }

    public void Put(IEnumerable<WebhookEvent> events, IReadOnlyList<WebhookEndpoint> endpoints)
    {
        long now = Now;
        lock (_gate)
        {
            using Statement insert = _file.Prepare("INSERT OR IGNORE INTO event (endpoint, id, message, type, body, created, due) VALUES (?,?,?,?,?,?,?)");
            _file.Begin();
            foreach (WebhookEvent e in events)
            {
                foreach (WebhookEndpoint endpoint in endpoints.Where(p => p.Events.Contains(e.Type) || e.Type == WebhookSender.Test))
                {
                    insert.Bind(1, endpoint.Id).Bind(2, e.Id).Bind(3, e.Message).Bind(4, e.Type).Bind(5, e.Body).Bind(6, now).Bind(7, now).Run();
                }
            }

            _file.Commit();
        }

        Changed?.Invoke();
    }

    /// <summary>What is due and is the first of its message: the order of a message's events is kept.</summary>
    public List<OutgoingEvent> Due(string endpoint, int limit)
    {
        lock (_gate)
        {
            using Statement row = _file.Prepare($"""
                SELECT {Columns}, body FROM event e WHERE endpoint = ?1 AND dead = 0 AND due <= ?2
                AND NOT EXISTS (SELECT 1 FROM event b WHERE b.endpoint = e.endpoint AND b.message = e.message AND b.n < e.n AND b.dead = 0)
                ORDER BY n LIMIT ?3
                """);
            return Read(row.Bind(1, endpoint).Bind(2, Now).Bind(3, limit), withBody: true);
        }
    }

    /// <summary>The events of an endpoint that are not delivered, the newest first.</summary>
    /// <param name="beyond">The number of the last that is known already; null for the first page.</param>
    public List<OutgoingEvent> Undelivered(string endpoint, bool? dead, long? beyond, int limit, bool oldestFirst = false)
    {
        lock (_gate)
        {
            using Statement row = _file.Prepare($"SELECT {Columns} FROM event WHERE endpoint = ? AND (?2 IS NULL OR dead = ?2) AND (?3 IS NULL OR n {(oldestFirst ? ">" : "<")} ?3) ORDER BY n {(oldestFirst ? "" : "DESC")} LIMIT ?4");
            return Read(row.Bind(1, endpoint).Bind(2, dead is { } d ? (d ? 1L : 0L) : (long?)null).Bind(3, beyond).Bind(4, limit), withBody: false);
        }
    }

    public void Delivered(long n) => Run("DELETE FROM event WHERE n = ?", s => s.Bind(1, n));

    public void Failed(OutgoingEvent e, string result, TimeSpan? wait) =>
        Run("UPDATE event SET attempts = attempts + 1, result = ?, due = ?, dead = ? WHERE n = ?",
            s => s.Bind(1, result).Bind(2, Now + (long)(wait ?? TimeSpan.Zero).TotalMilliseconds).Bind(3, wait is null).Bind(4, e.N));

    /// <summary>A dead letter, or all of them, is tried again from the beginning. Returns how many.</summary>
    public int Replay(string endpoint, long? n)
    {
        int replayed = Run("UPDATE event SET dead = 0, attempts = 0, due = ? WHERE endpoint = ? AND dead = 1 AND (?3 IS NULL OR n = ?3)",
            s => s.Bind(1, Now).Bind(2, endpoint).Bind(3, n));
        Changed?.Invoke();
        return replayed;
    }

    public void Prune(TimeSpan keepDeadFor) =>
        Run("DELETE FROM event WHERE dead = 1 AND created < ?", s => s.Bind(1, Now - (long)keepDeadFor.TotalMilliseconds));

    public void Dispose() => _file.Dispose();

    private const string Columns = "n, id, type, created, attempts, due, dead, result";

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static List<OutgoingEvent> Read(Statement row, bool withBody)
    {
        var events = new List<OutgoingEvent>();
        while (row.Step())
        {
            events.Add(new OutgoingEvent(row.Int64(0), row.Text(1)!, row.Text(2)!, DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(3)), row.Int32(4),
                DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5)), row.Int32(6) != 0, row.Text(7)) { Body = withBody ? row.Blob(8).ToArray() : [] });
        }

        return events;
    }

    private int Run(string sql, Func<Statement, Statement> bind)
    {
        lock (_gate)
        {
            using Statement statement = _file.Prepare(sql);
            return bind(statement).Run();
        }
    }

    private void Load()
    {
        var endpoints = new Dictionary<string, WebhookEndpoint>();
        using Statement row = _file.Prepare("SELECT id, url, events, secret, old_secret, old_until, created, disabled FROM endpoint");
        while (row.Step())
        {
            endpoints[row.Text(0)!] = new WebhookEndpoint(row.Text(0)!, new Uri(row.Text(1)!), row.Text(2)!.Split('\n'), row.Text(3)!, row.Text(4),
                row.IsNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5)), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(6)), row.Text(7));
        }

        Volatile.Write(ref _endpoints, endpoints);
    }
}

internal sealed record WebhookEndpoint(
    string Id, Uri Url, IReadOnlyList<string> Events, string Secret, string? OldSecret, DateTimeOffset? OldUntil, DateTimeOffset Created, string? Disabled)
{
    public IEnumerable<string> SecretsAt(DateTimeOffset now) => OldSecret is not null && now < OldUntil ? [Secret, OldSecret] : [Secret];

    private bool PrintMembers(StringBuilder text)   // a record prints all it holds; this one holds secrets
    {
        text.Append(Id);
        return true;
    }
}

/// <summary>One event on its way to one endpoint.</summary>
internal sealed record OutgoingEvent(
    long N, string Id, string Type, DateTimeOffset Created, int Attempts, DateTimeOffset NextTry, bool Dead, string? Result)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public byte[] Body { get; init; } = [];
}
