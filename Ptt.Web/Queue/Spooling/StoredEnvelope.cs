using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;

namespace Ptt.Web.Queue.Spooling;

/// <summary>What of an envelope has no column of its own, as JSON: an administrator can read the file with sqlite3, and a later version can add to it.</summary>
internal sealed record StoredEnvelope
{
    public bool EightBit { get; init; }
    public bool SmtpUtf8 { get; init; }
    public bool RequireTls { get; init; }
    public DsnReturn Return { get; init; }
    public string? EnvelopeId { get; init; }
    public string? TraceParent { get; init; }
    public string SessionId { get; init; } = "";
    public long ReceivedAt { get; init; }
    public string? Client { get; init; }
    public string? Helo { get; init; }
    public string? Tls { get; init; }
    public bool Extended { get; init; }
    public string? AppPasswordId { get; init; }
    public bool IsService { get; init; }
    public IReadOnlyList<StoredRecipient>? Recipients { get; init; }

    public static byte[] Of(Envelope envelope) => JsonSerializer.SerializeToUtf8Bytes(new StoredEnvelope
    {
        EightBit = envelope.EightBit,
        SmtpUtf8 = envelope.SmtpUtf8,
        RequireTls = envelope.RequireTls,
        Return = envelope.Return,
        EnvelopeId = envelope.EnvelopeId,
        TraceParent = envelope.TraceParent,
        SessionId = envelope.Origin.SessionId,
        ReceivedAt = envelope.Origin.ReceivedAt.ToUnixTimeMilliseconds(),
        Client = envelope.Origin.Client?.ToString(),
        Helo = envelope.Origin.Helo,
        Tls = envelope.Origin.Tls,
        Extended = envelope.Origin.Extended,
        AppPasswordId = envelope.Origin.Login?.AppPasswordId,
        IsService = envelope.Origin.Login?.IsService ?? false,
        Recipients = Asked(envelope.Recipients),
    }, SpoolJson.Default.StoredEnvelope);

    /// <param name="details">What <see cref="Of"/> made.</param>
    /// <param name="sender">The reverse-path, empty for the null one.</param>
    /// <param name="login">The login's address.</param>
    /// <param name="recipients">One forward-path a line.</param>
    public static Envelope Read(ReadOnlySpan<byte> details, string sender, string? login, string recipients)
    {
        StoredEnvelope stored = JsonSerializer.Deserialize(details, SpoolJson.Default.StoredEnvelope)!;
        Recipient[] all = [.. recipients.Split('\n').Select(r => new Recipient(Mailbox.Parse(r)))];
        foreach (StoredRecipient asked in stored.Recipients ?? [])
        {
            all[asked.Number] = all[asked.Number] with { Notify = asked.Notify, OriginalRecipient = asked.Original };
        }

        return new Envelope
        {
            ReversePath = sender.Length == 0 ? null : Mailbox.Parse(sender),
            Recipients = all,
            EightBit = stored.EightBit,
            SmtpUtf8 = stored.SmtpUtf8,
            RequireTls = stored.RequireTls,
            Return = stored.Return,
            EnvelopeId = stored.EnvelopeId,
            TraceParent = stored.TraceParent,
            Origin = new Origin
            {
                ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(stored.ReceivedAt),
                SessionId = stored.SessionId,
                Client = stored.Client is null ? null : IPAddress.Parse(stored.Client),
                Helo = stored.Helo,
                Tls = stored.Tls,
                Extended = stored.Extended,
                Login = login is null ? null : new Login
                {
                    Address = Mailbox.Parse(login),
                    AppPasswordId = stored.AppPasswordId,
                    IsService = stored.IsService,
                },
            },
        };
    }

    private static List<StoredRecipient>? Asked(IReadOnlyList<Recipient> recipients)
    {
        List<StoredRecipient>? asked = null;
        for (int i = 0; i < recipients.Count; i++)
        {
            if (recipients[i] is { Notify: not DsnNotify.Unspecified } or { OriginalRecipient: not null })
            {
                (asked ??= []).Add(new StoredRecipient(i, recipients[i].Notify, recipients[i].OriginalRecipient));
            }
        }

        return asked;
    }
}

/// <summary>What was asked for one recipient (RFC 3461 §4.1, §4.2).</summary>
internal sealed record StoredRecipient(int Number, DsnNotify Notify, string? Original);

/// <summary>A reply as it is stored.</summary>
internal sealed record StoredReply(int Code, string? Status, string Text);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = false)]
[JsonSerializable(typeof(StoredEnvelope))]
[JsonSerializable(typeof(RecipientState[]))]
[JsonSerializable(typeof(StoredReply))]
[JsonSerializable(typeof(Story))]
internal sealed partial class SpoolJson : JsonSerializerContext;
