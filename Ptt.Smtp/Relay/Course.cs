using Ptt.Mail;
using Ptt.Mail.Headers;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay.Sources;

namespace Ptt.Smtp.Relay;

/// <summary>How far one attempt has come: who still waits for a reply, what was dialled, what was heard last.</summary>
internal sealed class Course(Delivery delivery, MessageContent content, DeliveryAttempt attempt)
{
    /// <summary>So many addresses are tried in one attempt, and so many whole sessions held: a large MX set must not hold us for an hour.</summary>
    public const int MaxAddresses = 5, MaxSessions = 2;

    public static readonly Reply NothingTried = new(451, new(4, 1), "No host of the destination could be tried");

    private bool? _tlsNotRequired;

    public Delivery Delivery => delivery;

    public MessageContent Content => content;

    public DeliveryAttempt Attempt => attempt;

    /// <summary>The recipients that have no reply yet; null: all of them.</summary>
    public List<int>? Pending { get; set; }

    public IReadOnlyList<Recipient> PendingRecipients =>
        Pending is null ? delivery.Envelope.Recipients : [.. Pending.Select(i => delivery.Envelope.Recipients[i])];

    /// <summary>Which of our addresses it leaves from; null leaves that to the system.</summary>
    public SourceLease? Sources { get; set; }

    public int Addresses { get; set; }

    public int Sessions { get; set; }

    public Reply Last { get; set; } = NothingTried;

    public SmtpPhase LastPhase { get; set; } = SmtpPhase.Resolve;

    public bool IsOver => Pending is { Count: 0 } || Sessions == MaxSessions || Addresses >= MaxAddresses;

    /// <summary>The header says <c>TLS-Required: No</c> (RFC 8689 §3). Looked for once, and only where it matters.</summary>
    public async ValueTask<bool> TlsNotRequiredAsync() => _tlsNotRequired ??=
        await MessageHeader.ReadAsync(content, CancellationToken.None).ConfigureAwait(false) is HeaderReading.Read { Header: var header }
        && header.TryFind("TLS-Required"u8, out HeaderField field) && field.Unfold().Trim().Equals("No", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes down the replies that settle something; the recipients that another host should be asked about go on waiting.</summary>
    public void Judge(TransactionResult result, string host, bool dsn)
    {
        var left = new List<int>(0);
        for (int k = 0; k < result.Recipients.Count; k++)
        {
            int recipient = Pending?[k] ?? k;
            RecipientReply said = result.Recipients[k];
            if (IsAboutThisHost(result, said))
            {
                left.Add(recipient);
                continue;
            }

            attempt.Set(recipient, new AttemptReply(said.Reply, said.Phase)
            {
                RemoteHost = said.IsRemote ? host : null,
                DsnPassedOn = dsn,
            });
        }

        Pending = left;
    }

    /// <summary>RFC 5321 §4.5.3.1.10: the host took the message and wants these recipients in another transaction; null: it took all, or nothing.</summary>
    public static List<int>? TooMany(TransactionResult result)
    {
        if (result.Phase != SmtpPhase.EndOfData || !result.Reply.IsPositive)
        {
            return null;
        }

        List<int>? rest = null;
        for (int i = 0; i < result.Recipients.Count; i++)
        {
            if (result.Recipients[i] is { Phase: SmtpPhase.Rcpt, Reply: var reply } && Verdicts.MeansTooManyRecipients(reply))
            {
                (rest ??= []).Add(i);
            }
        }

        return rest;
    }

    /// <summary>
    /// The session ended before the content, or the host would not begin: another host may do better. Not after the content went:
    /// then the host may have the message, and a second one would make a copy.
    /// </summary>
    private static bool IsAboutThisHost(TransactionResult result, RecipientReply said) =>
        ReferenceEquals(said.Reply, ClientReplies.RequireTlsNotOffered)                    // RFC 8689 §4.2.1: try the other hosts
        || (!result.PerhapsDelivered && said.Reply.IsTransient
            && ((result.Lost && said.Phase < SmtpPhase.EndOfData) || said.Phase == SmtpPhase.Mail));
}
