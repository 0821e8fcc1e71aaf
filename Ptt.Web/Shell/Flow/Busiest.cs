using System.Collections.Concurrent;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Shell.Flow;

/// <summary>Who sent most, where most went, and why mail was put off: counted by the hour from the stories of messages. <see cref="FlowKeeper"/> keeps it over a restart.</summary>
internal sealed class Busiest(Traffic traffic) : IStoryListener
{
    public const string Sender = "sender";
    public const string Destination = "destination";
    public const string Cause = "cause";

    /// <summary>For what has no words of its own.</summary>
    public const string OtherCause = "The other side asks to try again later.";

    private const int Kept = 7 * 24;
    private const int MostNames = 2000;

    private readonly ConcurrentDictionary<(long Hour, string Kind), ConcurrentDictionary<string, long>> _hours = new();

    public void Hear(IReadOnlyList<ToldStory> stories)
    {
        foreach (ToldStory told in stories)
        {
            Story story = told.Story;
            long hour = story.At / 3_600_000;
            if (story.What == "accepted")
            {
                Count(hour, Sender, story.Login ?? (story.Sender.Length > 0 ? story.Sender : "<>"), 1);
            }
            else if (story.What == "held")
            {
                traffic.Add("held", story.At / 60_000, story.Recipients.Count);
            }

            foreach (StoryRecipient recipient in story.Recipients)
            {
                if (recipient.State is "delivered" or "deferred" or "failed" or "expired" && story.Destination is { } destination)
                {
                    Count(hour, Destination, destination, 1);
                }

                if (recipient.State == "deferred")
                {
                    Count(hour, Cause, ReplyMeaning.Of(recipient.Reply) ?? OtherCause, 1);
                }
            }
        }
    }

    /// <summary>The first few of the last hours, the current one included.</summary>
    public IReadOnlyList<Busy> Top(string kind, int hours, int count)
    {
        long last = traffic.Now / 60;
        var sums = new Dictionary<string, long>(StringComparer.Ordinal);
        for (long hour = last - hours + 1; hour <= last; hour++)
        {
            foreach ((string name, long n) in Of(hour, kind))
            {
                sums[name] = sums.GetValueOrDefault(name) + n;
            }
        }

        return [.. sums.OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal).Take(count).Select(s => new Busy(s.Key, s.Value))];
    }

    public IEnumerable<KeyValuePair<string, long>> Of(long hour, string kind) => _hours.TryGetValue((hour, kind), out var names) ? names : [];

    public void Count(long hour, string kind, string name, long n)
    {
        if (!_hours.TryGetValue((hour, kind), out ConcurrentDictionary<string, long>? names))
        {
            foreach ((long Hour, string Kind) old in _hours.Keys.Where(k => k.Hour <= hour - Kept))
            {
                _hours.TryRemove(old, out _);
            }

            names = _hours.GetOrAdd((hour, kind), _ => new(StringComparer.Ordinal));
        }

        if (names.Count < MostNames || names.ContainsKey(name))   // beyond, it is nobody's top list
        {
            names.AddOrUpdate(name, n, (_, was) => was + n);
        }
    }
}

public sealed record Busy(string Name, long Count);
