using System.Text.Json.Serialization;

namespace Ptt.Web.Keys.Rings;

/// <summary>
/// One key, as it is remembered. Times with no other word are of the ring's own clock (<see cref="KeyClock"/>); those in
/// <see cref="History"/> and <see cref="Evidence"/> are of the wall, for people. Holds nothing secret.
/// </summary>
public sealed record KeyEntry
{
    public required string Selector { get; init; }

    /// <summary>Such as <c>rsa-2048</c>.</summary>
    public required string Algorithm { get; init; }

    public KeyState State { get; init; }

    /// <summary>The text of its TXT record; null until the key is made.</summary>
    public string? Record { get; init; }

    /// <summary>When the key came into its state.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>The state whose change of DNS was begun: written down before it is done, so that a crash in its midst is gone over again.</summary>
    public KeyState? Begun { get; init; }

    /// <summary>Nothing is tried before this.</summary>
    public DateTimeOffset NextTry { get; init; }

    /// <summary>Failed tries of the present step.</summary>
    public int Tries { get; init; }

    /// <summary>When every server first showed the record.</summary>
    public DateTimeOffset? AgreedAt { get; init; }

    /// <summary>How long a resolver may remember that there was no such name (RFC 2308 §5).</summary>
    public TimeSpan NegativeTtl { get; init; }

    /// <summary>The TTL that its record was last written with; null when a person entered it.</summary>
    public TimeSpan? Ttl { get; init; }

    public DateTimeOffset CheckedAt { get; init; }

    public KeyFault Fault { get; init; }

    /// <summary>Why the present step waits, in words for the administrator; null when it does not.</summary>
    public string? Trouble { get; init; }

    /// <summary>The record has to be entered by a person.</summary>
    public bool Manual { get; init; }

    /// <summary>Withdrawn by an administrator: no retirement.</summary>
    public bool RevokeNow { get; init; }

    public KeyEvidence? Evidence { get; init; }

    public IReadOnlyList<KeyEvent> History { get; init; } = [];

    [JsonIgnore]
    public bool IsLive => State is not (KeyState.Revoked or KeyState.Removed);

    /// <summary>The key in its next state.</summary>
    public KeyEntry Enter(KeyState state, DateTimeOffset now, DateTimeOffset wall, string why) => this with
    {
        State = state,
        Since = now,
        NextTry = now,
        Tries = 0,
        Begun = null,
        Trouble = null,
        Evidence = state == KeyState.Removed ? null : Evidence,
        History = [.. History, new KeyEvent(wall, state, why)],
    };

    /// <summary>The step failed: wait, longer each time.</summary>
    public KeyEntry Retry(DateTimeOffset now, TimeSpan longest, string trouble)
    {
        double seconds = Math.Min(5 * Math.Pow(2, Math.Min(Tries, 20)), longest.TotalSeconds);
        return this with { Tries = Tries + 1, NextTry = now + TimeSpan.FromSeconds(seconds), Trouble = trouble };
    }
}

/// <summary>When a key came into a state, and why.</summary>
public sealed record KeyEvent(DateTimeOffset At, KeyState State, string Why);

/// <summary>What the authoritative servers showed, kept as proof.</summary>
public sealed record KeyEvidence(DateTimeOffset At, bool Agreed, IReadOnlyList<KeyServerEvidence> Servers);

/// <summary>
/// <paramref name="Verdict"/>: shows, lacks, differs, lags (an older copy of the zone), unreachable. <paramref name="Text"/> is what it shows; where that is not
/// what it should, a sentence on it.
/// </summary>
public sealed record KeyServerEvidence(string Name, string Address, string Verdict, uint? Serial, string? Text);
