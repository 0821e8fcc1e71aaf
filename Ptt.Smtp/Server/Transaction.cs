using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

/// <summary>One mail transaction (RFC 5321 §3.3), from MAIL to the end of data or RSET; dropped whole, never reset field by field.</summary>
internal sealed class Transaction(Mailbox? reversePath, MailParameters parameters) : IAsyncDisposable
{
    private readonly List<Recipient> _recipients = [];

    public MailParameters Parameters => parameters;

    public int RecipientCount => _recipients.Count;

    /// <summary>What BDAT brought so far; null before the first chunk.</summary>
    public ChunkedMessage? Chunks { get; set; }

    public void Add(Mailbox address, RcptParameters asked) => _recipients.Add(new Recipient(address)
    {
        Notify = asked.Notify,
        OriginalRecipient = asked.OriginalRecipient,
    });

    public Envelope ToEnvelope(Origin origin, bool sawEightBit) => new()
    {
        ReversePath = reversePath,
        Recipients = _recipients,
        Origin = origin,
        EightBit = parameters.EightBit || sawEightBit,
        SmtpUtf8 = parameters.SmtpUtf8,
        RequireTls = parameters.RequireTls,
        EnvelopeId = parameters.EnvelopeId,
        TraceParent = parameters.TraceParent,
        Return = parameters.Return,
    };

    public async ValueTask DisposeAsync()
    {
        if (Chunks is { } chunks)
        {
            await chunks.DisposeAsync();
        }
    }
}
