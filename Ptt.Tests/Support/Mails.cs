using System.Text;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;

namespace Ptt.Tests.Support;

/// <summary>Envelopes, contents and outcomes for tests, by their shortest description.</summary>
internal static class Mails
{
    public static readonly Reply Accepted = new(250, new(2, 0), "Ok: queued as 1");
    public static readonly Reply Greylisted = new(451, new(7, 1), "Come back later");
    public static readonly Reply NoSuchUser = new(550, new(1, 1), "No such user");

    public static Envelope Envelope(string recipients, string? sender = "ada@example.test", string? login = null) => new()
    {
        ReversePath = sender is null ? null : Mailbox.Parse(sender),
        Recipients = [.. recipients.Split(' ').Select(r => new Recipient(Mailbox.Parse(r)))],
        Origin = new Origin
        {
            ReceivedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
            SessionId = "s1",
            Login = login is null ? null : new Login { Address = Mailbox.Parse(login) },
        },
    };

    public static MessageContent Content(string subject = "Hello", int bodyLength = 20) => MessageContent.FromMemory(Encoding.UTF8.GetBytes(
        $"From: Ada <ada@example.test>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.test>\r\n\r\n{new string('x', bodyLength)}\r\n"));

    public static async Task<string> TextAsync(MessageContent content)
    {
        using var reader = new StreamReader(content.OpenRead(), Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    public static Settlement Delivered(Delivery delivery) => Settled(delivery, _ => new RecipientOutcome.Delivered(Accepted));

    public static Settlement Failed(Delivery delivery) => Settled(delivery, _ => new RecipientOutcome.Failed(NoSuchUser));

    public static Settlement Deferred(Delivery delivery, DateTimeOffset until) =>
        Settled(delivery, _ => new RecipientOutcome.Deferred(Greylisted, until));

    public static Settlement Settled(Delivery delivery, Func<QueuedRecipient, RecipientOutcome> outcome, params Report[] reports) => new()
    {
        Delivery = delivery,
        Outcomes = [.. delivery.Recipients.Select(outcome)],
        Attempts =
        [
            new AttemptRecord
            {
                StartedAt = delivery.AcceptedAt,
                Took = TimeSpan.FromMilliseconds(12),
                Host = "mx." + delivery.Destination.Name,
                Address = "192.0.2.1:25",
                Tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
                TlsPolicy = "opportunistic",
                Phase = "end-of-data",
                Reply = outcome(delivery.Recipients[0]).Reply,
            },
        ],
        Reports = reports,
    };
}
