using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Shell.Trials;

/// <summary>A test message on its way; <see cref="Id"/> names its page. The first four instants are ours, what follows is the trace's.</summary>
internal sealed class Trial(string id, string from, string to, string by, DateTimeOffset startedAt)
{
    public string Id { get; } = id;

    public string From { get; } = from;

    public string To { get; } = to;

    public string By { get; } = by;

    public DateTimeOffset StartedAt { get; } = startedAt;

    /// <summary>What the pipeline answered; null while it works.</summary>
    public Reply? Reply { get; set; }

    public DateTimeOffset? RepliedAt { get; set; }

    public SpoolId? SpoolId { get; set; }
}
