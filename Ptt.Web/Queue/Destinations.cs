using Ptt.Web.Access;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue;

/// <summary>The queue by destination, and which of them get nothing until somebody resumes them. A pause outlives a restart.</summary>
internal sealed class Destinations
{
    private const int Shown = 500;
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(3);

    private readonly SqliteSpool _spool;
    private readonly IAuditLog _audit;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private Dictionary<string, Pause> _paused;
    private (long At, IReadOnlyList<DestinationView> Views)? _last;

    public Destinations(SqliteSpool spool, IAuditLog audit, TimeProvider time)
    {
        _spool = spool;
        _audit = audit;
        _time = time;
        _paused = Read();
    }

    public bool IsPaused(string destination) => Volatile.Read(ref _paused).ContainsKey(destination);

    /// <summary>Those with the most mail first, the paused ones in any case.</summary>
    public IReadOnlyList<DestinationView> List()
    {
        lock (_gate)
        {
            if (_last is { } last && _time.GetElapsedTime(last.At) < FreshFor)
            {
                return last.Views;
            }
        }

        Dictionary<string, Pause> paused = Volatile.Read(ref _paused);
        var views = new List<DestinationView>();
        using (ReaderPool.Lent reader = _spool.Readers.Rent())
        {
            Statement row = reader.Statement("""
                SELECT destination, count(*), sum(lease <> 0), sum(lease = 0 AND hold IS NULL AND retry = 1), sum(hold IS NOT NULL),
                       min(CASE WHEN lease = 0 AND hold IS NULL THEN due_at END), max(last_reply), min(seq)
                FROM delivery GROUP BY destination ORDER BY 2 DESC LIMIT ?
                """);
            row.Bind(1, Shown);
            while (row.Step())
            {
                string name = row.Text(0)!;
                views.Add(new DestinationView(name, row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4),
                    row.IsNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(5)), row.Text(6),
                    DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(7) >> 12), paused.GetValueOrDefault(name)));
            }
        }

        views.AddRange(paused.Where(p => !views.Exists(v => v.Destination == p.Key)).Select(p => new DestinationView(p.Key, 0, 0, 0, 0, null, null, null, p.Value)));
        lock (_gate)
        {
            _last = (_time.GetTimestamp(), views);
        }

        return views;
    }

    /// <summary>What is being sent at this moment is still sent.</summary>
    public async Task PauseAsync(string destination, string reason, string by, CancellationToken cancellationToken)
    {
        destination = destination.ToLowerInvariant();
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        await _spool.WriteAsync(database =>
        {
            using Statement pause = database.File.Prepare("INSERT INTO paused (destination, since, reason, by) VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET reason = excluded.reason, by = excluded.by");
            return pause.Bind(1, destination).Bind(2, now).Bind(3, reason).Bind(4, by).Run();
        }, _ => Changed());
        await _audit.RecordAsync(by, "destination.pause", destination, reason, cancellationToken);
    }

    /// <summary>False when it was not paused.</summary>
    public async Task<bool> ResumeAsync(string destination, string by, CancellationToken cancellationToken)
    {
        destination = destination.ToLowerInvariant();
        int changed = await _spool.WriteAsync(database =>
        {
            using Statement resume = database.File.Prepare("DELETE FROM paused WHERE destination = ?");
            return resume.Bind(1, destination).Run();
        }, _ => Changed());
        if (changed > 0)
        {
            await _audit.RecordAsync(by, "destination.resume", destination, null, cancellationToken);
        }

        return changed > 0;
    }

    private void Changed()
    {
        Dictionary<string, Pause> paused = Read();
        Volatile.Write(ref _paused, paused);
        lock (_gate)
        {
            _last = null;
        }

        _spool.Hands.SetPaused([.. paused.Keys]);
        _spool.Ring();
    }

    private Dictionary<string, Pause> Read()
    {
        using ReaderPool.Lent reader = _spool.Readers.Rent();
        Statement row = reader.Statement("SELECT destination, since, reason, by FROM paused");
        var paused = new Dictionary<string, Pause>();
        while (row.Step())
        {
            paused[row.Text(0)!] = new Pause(DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(1)), row.Text(2)!, row.Text(3)!);
        }

        return paused;
    }
}

/// <summary>The counts are of deliveries: one message for one destination is one. <paramref name="Paused"/> is null where mail flows.</summary>
public sealed record DestinationView(
    string Destination, long Queued, long Active, long Deferred, long Held, DateTimeOffset? NextTry, string? LastReply, DateTimeOffset? OldestAcceptedAt, Pause? Paused);

public sealed record Pause(DateTimeOffset Since, string Reason, string By);
