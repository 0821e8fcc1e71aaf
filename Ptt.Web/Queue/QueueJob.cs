using System.Text.Json.Serialization;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue;

/// <summary>A bulk order and how far it is. <paramref name="Queued"/> is how many messages there were when it began.</summary>
internal sealed class QueueJob(string id, QueueVerb verb, string by, string? text, QueueFilter filter, long queued, DateTimeOffset startedAt)
{
    public string Id { get; } = id;

    public QueueVerb Verb { get; } = verb;

    public string By { get; } = by;

    public string? Text { get; } = text;

    public QueueFilter Filter { get; } = filter;

    public long Queued { get; } = queued;

    public DateTimeOffset StartedAt { get; } = startedAt;

    public long Matched { get; private set; }

    public long Changed { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>Why it did not do all of it; null when it did, or is still at it.</summary>
    public string? Fault { get; private set; }

    /// <summary>Before which message it goes on; null at its beginning.</summary>
    [JsonIgnore]
    public string? Cursor { get; private set; }

    /// <summary>Ends with the work in this process, whatever came of it.</summary>
    [JsonIgnore]
    public Task Done { get; set; } = Task.CompletedTask;

    public void Advance(long matched, long changed, string? cursor) => (Matched, Changed, Cursor) = (matched, changed, cursor);

    public void End(DateTimeOffset at, string? fault) => (EndedAt, Fault) = (at, fault);
}
