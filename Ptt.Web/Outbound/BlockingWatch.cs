using Ptt.Smtp.Relay;
using Ptt.Web.Alarms;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Outbound;

/// <summary>
/// Raises <c>destination.blocking:&lt;destination&gt;</c> when a destination has refused us for what we are (block list, reputation, authentication, rate) again and again
/// and took nothing meanwhile; ends it with the first message that is taken there.
/// </summary>
internal sealed class BlockingWatch(IAlarms alarms, TimeProvider time) : IStoryListener
{
    private const int Refusals = 5, MaxDestinations = 10_000;
    private static readonly TimeSpan For = TimeSpan.FromMinutes(10), Forget = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);

    public void Hear(IReadOnlyList<ToldStory> stories)
    {
        lock (_gate)
        {
            foreach (ToldStory told in stories.Where(s => s.Story is { What: "settled", Destination: not null }))
            {
                foreach (Queue.Spooling.StoryRecipient recipient in told.Story.Recipients)
                {
                    Judge(told.Story.Destination!, recipient, DateTimeOffset.FromUnixTimeMilliseconds(told.Story.At));
                }
            }
        }
    }

    private void Judge(string destination, Queue.Spooling.StoryRecipient recipient, DateTimeOffset at)
    {
        if (recipient.State == "delivered")
        {
            if (_troubles.Remove(destination, out Trouble? over) && over.Raised)
            {
                alarms.Clear(NameOf(destination));
            }
        }
        else if (IsAboutUs(recipient.Reply))
        {
            Trouble trouble = _troubles.GetValueOrDefault(destination) is { } before && at - before.Since < Forget ? before : new Trouble { Since = at };
            trouble.Times++;
            if (trouble.Times >= Refusals && at - trouble.Since >= For)
            {
                trouble.Raised = true;
                DateTimeOffset since = trouble.Since;
                alarms.Raise(NameOf(destination), AlarmSeverity.Warning, $"{destination} refuses our mail since {since:yyyy-MM-dd HH:mm} UTC: {recipient.Reply}", $"/queue?destination={Uri.EscapeDataString(destination)}");
            }

            if (_troubles.Count >= MaxDestinations)
            {
                Tidy();
            }

            _troubles[destination] = trouble;
        }
    }

    /// <summary>Not about the recipient, the message or the road: about our address, our signatures or how much we send.</summary>
    private static bool IsAboutUs(string? reply) =>
        ReplyCauses.OfText(reply) is ReplyCause.BlockListed or ReplyCause.Authentication or ReplyCause.RateLimited or ReplyCause.Policy;

    private void Tidy()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((string destination, Trouble trouble) in _troubles.Where(t => !t.Value.Raised && now - t.Value.Since > For).ToArray())
        {
            _troubles.Remove(destination);
        }
    }

    private static string NameOf(string destination) => "destination.blocking:" + destination;

    private sealed class Trouble
    {
        public DateTimeOffset Since { get; init; }

        public int Times { get; set; }

        public bool Raised { get; set; }
    }
}
