using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains.Posture;

/// <summary>What a sending domain needs of DNS, one subject each.</summary>
public enum PostureKind
{
    Mx,
    Spf,
    Dkim,
    Dmarc,
    TlsReporting,
    MtaSts,
    Submission,
    Submissions,
    Caa,
    Dnssec,
    Hostname,
    ReverseDns,
    Outward,
    BlockList,
}

/// <summary>From well to ill. <see cref="Unknown"/>: DNS does not answer now, which is no news about the domain.</summary>
public enum PostureState
{
    Good,
    Advice,
    Unknown,
    Warning,
    Missing,
    Differs,
    Bad,
}

/// <summary>One subject: what DNS should say, what it says, and what to do about the difference.</summary>
public sealed record PostureItem(PostureKind Kind, PostureState State, DomainName Name, Wording Words)
{
    /// <summary>In English; the pages say it in the viewer's language.</summary>
    public string Text => Words.ToString();

    public RecordType? Type { get; init; }

    /// <summary>What should be there; empty where there is nothing to enter.</summary>
    public IReadOnlyList<RecordData> Expected { get; init; } = [];

    public IReadOnlyList<RecordData> Seen { get; init; } = [];

    /// <summary>What to do, in a sentence; null when nothing is to be done.</summary>
    public Wording? Advice { get; init; }

    /// <summary>The change that <c>apply</c> would make; null where there is none, or where a record of someone else is in the way.</summary>
    public PostureChange? Change { get; init; }

    public static PostureItem Of(PostureKind kind, PostureState state, DomainName name, Wording words, Wording? advice = null) => new(kind, state, name, words) { Advice = advice };
}

/// <summary>The whole set of a name and type: as it was seen, and as it should become. Carried out only while the set is still what was seen.</summary>
public sealed record PostureChange(DomainName Name, RecordType Type, TimeSpan Ttl, IReadOnlyList<RecordData> Seen, IReadOnlyList<RecordData> Wanted)
{
    /// <summary>Where only a part of a record is ours (our mechanism in an SPF record): that part.</summary>
    public string? OwnTerm { get; init; }

    public IEnumerable<RecordData> Removed => Seen.Except(Wanted);

    public IEnumerable<RecordData> Added => Wanted.Except(Seen);
}

/// <summary>Everything about one domain at one moment.</summary>
public sealed record DomainReport(DomainName Domain, DateTimeOffset At, IReadOnlyList<PostureItem> Items)
{
    public PostureState Worst => Items.Count == 0 ? PostureState.Unknown : Items.Max(i => i.State);

    public IEnumerable<PostureChange> Plan => Items.Select(i => i.Change).OfType<PostureChange>();
}

/// <summary>Something to look at for each domain of ours. Each check answers for itself and never throws for what DNS may say.</summary>
internal interface IPostureCheck
{
    ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken);
}
