using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>
/// The next role on another machine. Speaks SMTP to it under TLS and returns that machine's reply: its 250 is the disk's. All
/// recipients are taken, or none: the client is told one thing for the whole message.
/// </summary>
public sealed class SmtpHop(SmtpHopOptions options, SessionPool pool, SystemNames names) : INextHop
{
    private static readonly Reply NoNextHop = new(451, new(4, 1), "The next server cannot be reached; try again later");

    private readonly TlsPolicy _tls = options.Tls();

    public async ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        using Activity? span = MessageTracing.HandOn(envelope, options.Host);
        Reply reply = await HandOnAsync(envelope.Under(span), content, cancellationToken).ConfigureAwait(false);
        span.Answered(reply);
        return reply;
    }

    private async ValueTask<Reply> HandOnAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> addresses = await names.FindAsync(options.Host, cancellationToken).ConfigureAwait(false);
        foreach (IPAddress address in addresses)
        {
            var target = new SessionTarget(options.Host, new IPEndPoint(address, options.Port), _tls) { Trusted = true, IsOurs = true };
            (SessionOpening opening, bool reused) = await pool.RentAsync([target], fresh: false, cancellationToken).ConfigureAwait(false);
            if (opening is not SessionOpening.Opened { Session: var session })
            {
                continue;
            }

            TransactionResult result = await TransactAsync(session, envelope, content, cancellationToken).ConfigureAwait(false);
            if (reused && result.WasStale)
            {
                (opening, _) = await pool.RentAsync([target], fresh: true, cancellationToken).ConfigureAwait(false);
                if (opening is not SessionOpening.Opened { Session: var anew })
                {
                    continue;
                }

                result = await TransactAsync(anew, envelope, content, cancellationToken).ConfigureAwait(false);
            }

            // The words of the other role go to the client as they are; 421 would tell it that we are closing (RFC 5321 §3.8).
            return result.Reply.Code == 421 ? result.Reply with { Code = 451 } : result.Reply;
        }

        return NoNextHop;
    }

    private async ValueTask<TransactionResult> TransactAsync(
        SmtpClientSession session, Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        try
        {
            TransactionResult result = await session.TransactAsync(
                envelope, envelope.Recipients, content, allOrNothing: true, cancellationToken).ConfigureAwait(false);
            await pool.ReturnAsync(session).ConfigureAwait(false);
            return result;
        }
        catch
        {
            await pool.DiscardAsync(session).ConfigureAwait(false);
            throw;
        }
    }
}

public sealed record SmtpHopOptions(string Host, int Port)
{
    /// <summary>Whose certificates the other role may show; null: the system's authorities.</summary>
    public X509Certificate2Collection? TrustAnchors { get; init; }

    /// <summary>What we show when the other role asks who we are.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The name in the other role's certificate, where it is not <see cref="Host"/>.</summary>
    public string? CertificateName { get; init; }

    /// <summary>False only for a next hop on loopback and in tests.</summary>
    public bool RequireTls { get; init; } = true;

    /// <summary>Takes any certificate: encrypted against listeners, not against impostors.</summary>
    public bool TrustAnyCertificate { get; init; }

    internal TlsPolicy Tls() => !RequireTls
        ? TlsPolicy.Opportunistic
        : new TlsPolicy(TrustAnyCertificate ? TlsDemand.Encrypted : TlsDemand.Verified, "route")
        {
            Names = [CertificateName ?? Host],
            TrustAnchors = TrustAnchors,
            ClientCertificate = ClientCertificate,
        };
}
