using Ptt.Web.Alarms;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys;

/// <summary>The keys of a domain, for pages and the API. Nothing in it is secret.</summary>
/// <param name="Ready">Whether mail of the domain can be signed now.</param>
/// <param name="Reason">Why not; null when it can.</param>
public sealed record DomainKeysView(string Domain, bool Ready, string? Reason, bool Pinned, IReadOnlyList<KeyView> Keys);

/// <param name="RecordName">Where its TXT record lies, without the final dot.</param>
/// <param name="RecordBind">The record as a line of a zone file.</param>
/// <param name="Next">What will become of it; null when nothing is planned.</param>
/// <param name="Plan">All that will become of it by time alone, <paramref name="Next"/> first.</param>
/// <param name="Fault">What is wrong with it, or what it waits for; null when nothing is.</param>
/// <param name="Manual">True when a person has to enter or change its record.</param>
public sealed record KeyView(
    string Selector, string Algorithm, KeyState State, bool Pinned, string RecordName, string? RecordText, string? RecordBind,
    DateTimeOffset? Since, KeyPlan? Next, IReadOnlyList<KeyPlan> Plan, string? Fault, bool Manual, KeyEvidence? Evidence, IReadOnlyList<KeyEvent> History);

public sealed record KeyPlan(KeyState State, DateTimeOffset At);

/// <summary>What came of an administrator's word.</summary>
public abstract record KeyVerdict
{
    public sealed record Done(Wording Text) : KeyVerdict;

    public sealed record Missing : KeyVerdict;

    /// <summary>It would stop mail or cannot be taken back: to be asked for again with force. The text says what would happen.</summary>
    public sealed record NeedsForce(Wording Text) : KeyVerdict;

    public sealed record Refused(Wording Text) : KeyVerdict;
}
