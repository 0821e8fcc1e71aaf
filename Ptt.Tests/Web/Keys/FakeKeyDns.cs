using Ptt.Dns;
using Ptt.Tests.Support;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;

namespace Ptt.Tests.Web.Keys;

/// <summary>A primary and secondaries that lag behind it, on the measured clock; changes may fail, and be carried out all the same.</summary>
internal sealed class FakeKeyDns(ManualTime time, params TimeSpan[] lags) : IKeyDns
{
    private readonly Dictionary<DomainName, List<(TimeSpan At, string? Text)>> _changes = [];
    private readonly HashSet<DomainName> _foreign = [];

    /// <summary>0 is the primary.</summary>
    public TimeSpan[] Lags { get; set; } = [TimeSpan.Zero, .. lags];

    /// <summary>Servers that cannot be asked.</summary>
    public HashSet<int> Down { get; } = [];

    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromMinutes(5);

    public string? Manual { get; set; }

    public string? Fault { get; set; }

    /// <summary>Called before and after a change is carried out; may throw.</summary>
    public Action<string>? Crash { get; set; }

    public int Changes { get; private set; }

    /// <summary>That the last change of each name asked for.</summary>
    public Dictionary<DomainName, TimeSpan> Ttls { get; } = [];

    private TimeSpan Now => time.GetElapsedTime(0);

    public IEnumerable<DomainName> Names => _changes.Where(c => c.Value[^1].Text is not null).Select(c => c.Key);

    public ValueTask<KeyUpdate> SetAsync(DomainName name, string? wanted, string? previous, TimeSpan ttl, CancellationToken cancellationToken)
    {
        Crash?.Invoke("before");
        KeyUpdate result = Set(name, wanted, previous);
        if (result is KeyUpdate.Done)
        {
            Ttls[name] = ttl;
        }

        Crash?.Invoke("after");
        return ValueTask.FromResult(result);
    }

    public ValueTask<KeyProof> ProbeAsync(DomainName name, string? expected, CancellationToken cancellationToken)
    {
        KeyServerEvidence[] servers = [.. Lags.Select((_, i) =>
        {
            string? text = Down.Contains(i) ? null : Show(name, i);
            string verdict = Down.Contains(i) ? "unreachable" : text == expected ? "shows" : text is null ? "lacks" : "differs";
            string? words = verdict switch
            {
                "lacks" => $"ns{i} does not show the record yet",
                "differs" => $"ns{i} shows something else: {text}",
                "unreachable" => $"ns{i} cannot be asked",
                _ => text,
            };
            return new KeyServerEvidence($"ns{i}", "192.0.2.1", verdict, 1, words);
        })];
        return ValueTask.FromResult(new KeyProof(new KeyEvidence(time.GetUtcNow(), servers.All(s => s.Verdict == "shows"), servers), NegativeTtl));
    }

    /// <summary>What the server of this number shows now.</summary>
    public string? Show(DomainName name, int server) => !_changes.TryGetValue(name, out List<(TimeSpan At, string? Text)>? changes) ? null
        : changes.Where(c => c.At + Lags[server] <= Now).Select(c => c.Text).LastOrDefault();

    /// <summary>As an administrator or a stranger does it.</summary>
    public void Enter(DomainName name, string? text)
    {
        if (!_changes.TryGetValue(name, out List<(TimeSpan, string?)>? changes))
        {
            _changes[name] = changes = [];
        }

        changes.Add((Now, text));
    }

    private KeyUpdate Set(DomainName name, string? wanted, string? previous)
    {
        if (Manual is not null)
        {
            return new KeyUpdate.Manual(Manual);
        }

        if (Fault is not null)
        {
            return new KeyUpdate.Failed(Fault);
        }

        string? now = Show(name, 0);
        if (now == wanted)
        {
            return new KeyUpdate.Done();
        }

        if (now != previous)
        {
            return new KeyUpdate.Drift("Someone else's record is there.");
        }

        Enter(name, wanted);
        Changes++;
        return new KeyUpdate.Done();
    }
}
