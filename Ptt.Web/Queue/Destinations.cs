using Ptt.Web.Access;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue;

/// <summary>The queue by destination, and which of them get nothing until somebody resumes them. A pause outlives a restart.</summary>
internal sealed class Destinations
{
    private const int Shown = 500;

    private readonly SqliteSpool _spool;
    private readonly Census _census;
    private readonly IAuditLog _audit;
    private readonly TimeProvider _time;
    private Dictionary<string, Pause> _paused;

    public Destinations(SqliteSpool spool, Census census, IAuditLog audit, TimeProvider time)
    {
        _spool = spool;
        _census = census;
        _audit = audit;
        _time = time;
        _paused = Read();
    }

    public bool IsPaused(string destination) => Volatile.Read(ref _paused).ContainsKey(destination);

    /// <summary>Those with the most mail first, the paused ones in any case.</summary>
    public IReadOnlyList<DestinationView> List()
    {
        Dictionary<string, Pause> paused = Volatile.Read(ref _paused);
        List<DestinationView> views =
        [
            .. _census.Reading().Destinations.OrderByDescending(d => d.Queued).Take(Shown).Select(d => new DestinationView(
                d.Name, d.Queued, d.Active, d.Deferred, d.Held, d.NextTry, d.LastReply, d.OldestAcceptedAt, paused.GetValueOrDefault(d.Name))),
        ];
        views.AddRange(paused.Where(p => !views.Exists(v => v.Destination == p.Key)).Select(p => new DestinationView(p.Key, 0, 0, 0, 0, null, null, null, p.Value)));
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
