using System.Text.Json;
using System.Text.Json.Serialization;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Queue.Webhooks;

/// <summary>
/// What a receiver is told, one event for each recipient. <paramref name="Id"/> is made of what happened, so that the same thing told twice
/// has the same id; <see cref="WebhookData.Sequence"/> grows with time for each recipient.
/// </summary>
internal sealed record WebhookEvent(string Id, string Message, string Type, byte[] Body)
{
    public static readonly IReadOnlyList<string> Types =
    [
        "message.accepted", "message.held", "message.deferred", "message.delivered", "message.failed", "message.expired", "message.suppressed", "message.dropped",
        AlarmRaised, AlarmEnded,
    ];

    public const string AlarmRaised = "alarm.raised";
    public const string AlarmEnded = "alarm.ended";

    public const string Accepted = "message.accepted";

    public static IEnumerable<WebhookEvent> Of(ToldStory told)
    {
        Story story = told.Story;
        string message = new SpoolId(story.Id).ToString();
        foreach (StoryRecipient recipient in story.Recipients)
        {
            string? type = (story.What, recipient.State) switch
            {
                ("accepted", _) => Accepted,
                (_, "queued") => null,   // released, retried, rerouted: nothing that a sender waits for
                (_, var state) => "message." + state,
            };
            if (type is null)
            {
                continue;
            }

            var body = new WebhookBody(type, DateTimeOffset.FromUnixTimeMilliseconds(story.At), new WebhookData(
                message, told.Number, recipient.Address, story.Sender, story.Login, story.From, story.Subject, story.MessageId, story.Destination,
                story.Attempt == 0 ? null : story.Attempt, recipient.Reply,
                recipient.Until is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null));
            yield return new WebhookEvent(
                $"evt_{message}_{told.Number:x}_{recipient.Number}", message, type, JsonSerializer.SerializeToUtf8Bytes(body, WebhookJson.Default.WebhookBody));
        }
    }
}

internal sealed record WebhookBody(string Type, DateTimeOffset Timestamp, WebhookData Data);

internal sealed record WebhookData(
    string Id, long Sequence, string Recipient, string Sender, string? Login, string? From, string? Subject, string? MessageId, string? Destination, int? Attempt,
    string? Reply, DateTimeOffset? NextTry);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WebhookBody))]
internal sealed partial class WebhookJson : JsonSerializerContext;
