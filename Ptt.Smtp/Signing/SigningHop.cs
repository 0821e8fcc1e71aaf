using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;
using Ptt.Mail.Mime;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Signing;

/// <summary>
/// The signer role: signs what our domains send and passes it on; the reply is the next hop's. It fails closed: a message
/// that should be signed and cannot be is deferred, never passed on as it is. Mail of other domains passes unsigned.
/// Nothing after this point may change an octet of the message but add fields on top.
/// </summary>
public sealed partial class SigningHop(
    INextHop next, ISigningKeys keys, DkimSigner signer, ILogger<SigningHop> logger, ArcForwarding? forwarding = null) : INextHop
{
    private static readonly Meter Meter = new("Ptt.Signing");
    private static readonly Counter<long> Signed = Meter.CreateCounter<long>("ptt.signing.signed", description: "Messages signed.");
    private static readonly Counter<long> NotSigned = Meter.CreateCounter<long>("ptt.signing.unavailable", description: "Messages put off because no key could sign them.");

    // Named in the metrics from the start, not from the first message on: a class without a static constructor makes its static members when one is used.
    private readonly Counter<long> _signed = Signed;
    private readonly Counter<long> _notSigned = NotSigned;

    // More fields than any letter has; each would be named in every signature.
    private static readonly HeaderLimits Limits = new(MaxOctets: 256 * 1024, MaxFields: 1000);

    private static readonly Reply CannotSign = new(451, new(7, 5), "The message cannot be signed now, try again later");
    private static readonly Reply BadHeader = new(550, new(6, 0), "The header of the message is malformed (RFC 5322)");
    private static readonly Reply BadFrom = new(550, new(6, 0), "The message needs one From field with an address");
    private static readonly Reply BareLineEnd = new(550, new(6, 0), "Lines must end with CRLF (RFC 5322 section 2.3)");
    private static readonly Reply Nul = new(550, new(6, 0), "The message contains a NUL octet");
    private static readonly Reply LongLine = new(550, new(6, 0), "A line of the message is longer than 998 octets");

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        using Activity? span = MessageTracing.Sign(envelope);
        Reply reply = await SignAsync(envelope.Under(span), content, cancellationToken);
        span.Answered(reply);
        return reply;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> SignAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        switch (await RegularOctets.CheckAsync(content, cancellationToken))
        {
            case null:
                return await AcceptRegularAsync(envelope, content, cancellationToken);
            case Irregularity.LongLine:
                return await AcceptReencodedAsync(envelope, content, cancellationToken);
            case Irregularity.Nul:
                return Nul;
            default:
                return BareLineEnd;
        }
    }

    /// <summary>RFC 5322 §2.1.1, before signing: a relay that broke the lines would break the signature.</summary>
    private async ValueTask<Reply> AcceptReencodedAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        MessageContent? shorter = await LongLines.ReencodeAsync(content, cancellationToken);
        await using (shorter)
        {
            return shorter is null || await RegularOctets.CheckAsync(shorter, cancellationToken) is not null ? LongLine
                : await AcceptRegularAsync(envelope, shorter, cancellationToken);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> AcceptRegularAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        if (await MessageHeader.ReadAsync(content, cancellationToken, Limits) is not HeaderReading.Read { Header: { } header })
        {
            return BadHeader;
        }

        if (DomainOfFrom(header) is not { } domain)
        {
            return BadFrom;
        }

        switch (await keys.ForAsync(domain, cancellationToken))
        {
            case SigningDecision.NotOurs:
                return await next.AcceptAsync(envelope, content, cancellationToken);
            case SigningDecision.Sign { Keys: { Count: > 0 } chosen }:
                if (await TrySignAsync(domain, envelope, content, header, chosen, cancellationToken) is not { } signed)
                {
                    _notSigned.Add(1);
                    return CannotSign;
                }

                _signed.Add(1);
                return await next.AcceptAsync(envelope, signed, cancellationToken);
            case SigningDecision.Unavailable unavailable:
                _notSigned.Add(1);
                NoKey(domain, unavailable.Reason);
                return CannotSign;
            default:
                _notSigned.Add(1);
                NoKey(domain, "no key was chosen");
                return CannotSign;
        }
    }

    /// <summary>The domain that signs: that of the author (RFC 6376 §2.2, RFC 7489 §3.1.1). Null where From says none or several.</summary>
    internal static DomainName? DomainOfFrom(MessageHeader header)
    {
        if (header.Count("From"u8) != 1 || !header.TryFind("From"u8, out HeaderField from)
            || !AddressList.TryParse(from.RawValue, out AddressList authors) || authors.Mailboxes.Count == 0)
        {
            return null;
        }

        DomainName domain = authors.Mailboxes[0].Address.Domain;
        return !domain.IsRoot && authors.Mailboxes.All(m => m.Address.Domain == domain) ? domain : null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<MessageContent?> TrySignAsync(
        DomainName domain, Envelope envelope, MessageContent content, MessageHeader header, IReadOnlyList<IDkimKey> chosen,
        CancellationToken cancellationToken)
    {
        try
        {
            MessageContent signed = content.WithFront(await signer.SignAsync(content, header, chosen, cancellationToken));
            return forwarding is null ? signed : await forwarding.SealAsync(envelope, signed, header, chosen, cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            SigningFaulted(domain, fault);
            return null;
        }
    }

    [LoggerMessage(2401, LogLevel.Error, "Mail of {Domain} is put off: {Reason}")]
    private partial void NoKey(DomainName domain, string reason);

    [LoggerMessage(2402, LogLevel.Error, "Signing for {Domain} faulted; the mail is put off")]
    private partial void SigningFaulted(DomainName domain, Exception fault);
}
