using System.Net;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>
/// One attempt at one delivery: hosts by preference, their addresses in turn, a transaction with the first that will talk, and a
/// reply for every recipient (RFC 5321 §5.1). It decides nothing about the future: no retry times, no reports, no storage.
/// </summary>
public sealed class Deliverer(Routing routing, SessionPool pool, HostMemory memory, TimeProvider time, ISuppressions? suppressions = null)
{
    /// <summary>So many addresses are tried in one attempt, and so many whole sessions held: a large MX set must not hold us for an hour.</summary>
    private const int MaxAddresses = 5, MaxSessions = 2;

    private static readonly Reply NothingTried = new(451, new(4, 1), "No host of the destination could be tried");

    public async ValueTask<DeliveryAttempt> DeliverAsync(Delivery delivery, MessageContent content, CancellationToken cancellationToken)
    {
        var attempt = new DeliveryAttempt(delivery.Recipients.Count);
        if (delivery.Verdict is { } decided)
        {
            attempt.Fill(decided, SmtpPhase.Mail);
            return attempt;
        }

        List<int>? pending = Suppress(delivery, attempt);                                  // null: all of them
        if (pending is { Count: 0 })
        {
            return attempt;
        }

        long started = time.GetTimestamp();
        NextHosts hosts = await routing.FindAsync(delivery.Destination, delivery.Reroute, cancellationToken).ConfigureAwait(false);
        if (hosts is NextHosts.None none)
        {
            Note(attempt, started, null, null, SmtpPhase.Resolve, none.Reply);
            attempt.Fill(none.Reply, SmtpPhase.Resolve);
            return attempt;
        }

        int addressesTried = 0, sessionsHeld = 0;
        Reply last = NothingTried;
        SmtpPhase lastPhase = SmtpPhase.Resolve;
        foreach (NextHost host in ((NextHosts.Found)hosts).InOrder)
        {
            started = time.GetTimestamp();
            HostAddresses addresses = await routing.AddressesAsync(host, cancellationToken).ConfigureAwait(false);
            if (addresses is HostAddresses.None noAddress)
            {
                last = Softened(noAddress.Reply, last, host);
                lastPhase = SmtpPhase.Resolve;
                Note(attempt, started, host, null, SmtpPhase.Resolve, last);
                continue;
            }

            foreach (IPAddress address in ((HostAddresses.Found)addresses).InOrder)
            {
                if (addressesTried++ == MaxAddresses || sessionsHeld == MaxSessions)
                {
                    attempt.Fill(last, lastPhase);
                    return attempt;
                }

                started = time.GetTimestamp();
                SessionTarget target = Target(delivery, host, address);
                (SessionOpening opening, bool reused) = await pool.RentAsync(target, fresh: false, cancellationToken).ConfigureAwait(false);
                if (opening is SessionOpening.Opened { Session: var session })
                {
                    TransactionResult result = await TransactAsync(session, delivery, pending, content, cancellationToken).ConfigureAwait(false);
                    if (reused && result.WasStale)
                    {
                        // It lay idle and the host had closed it: that says nothing about the host.
                        (opening, _) = await pool.RentAsync(target, fresh: true, cancellationToken).ConfigureAwait(false);
                        if (opening is SessionOpening.Opened { Session: var anew })
                        {
                            session = anew;
                            result = await TransactAsync(session, delivery, pending, content, cancellationToken).ConfigureAwait(false);
                        }
                    }

                    if (opening is SessionOpening.Opened)
                    {
                        sessionsHeld++;
                        (last, lastPhase) = (result.Reply, result.Phase);
                        Note(attempt, started, host, session.Target, lastPhase, last, session.Tls, result.PerhapsDelivered);
                        pending = Judge(attempt, pending, result, host.Name, session.Peer.Dsn);
                        if (pending.Count == 0)
                        {
                            return attempt;
                        }

                        continue;
                    }
                }

                var refused = (SessionOpening.Refused)opening;
                (last, lastPhase) = (refused.Reply, refused.Phase);
                Note(attempt, started, host, target, lastPhase, last, refused.Tls);
                if (refused.Failure == TlsFailure.Handshake && target.Tls.Demand == TlsDemand.Opportunistic)
                {
                    memory.TlsFailed(target.EndPoint);                                     // the next attempt may go in the clear
                }
            }
        }

        attempt.Fill(last, lastPhase);
        return attempt;
    }

    /// <summary>Whoever is on the suppression list gets nothing; gives back the others when there are such.</summary>
    private List<int>? Suppress(Delivery delivery, DeliveryAttempt attempt)
    {
        List<int>? left = null;
        for (int i = 0; suppressions is not null && i < delivery.Recipients.Count; i++)
        {
            if (suppressions.ReasonFor(delivery.Recipients[i].Recipient.Address) is not { } reason)
            {
                left?.Add(i);
                continue;
            }

            left ??= [.. Enumerable.Range(0, i)];
            attempt.Set(i, new AttemptReply(new Reply(550, new(7, 1), ISuppressions.NotSent + reason), SmtpPhase.Rcpt));
        }

        return left;
    }

    /// <summary>Sends to those that are left, and again to those the host wants in another transaction.</summary>
    private async ValueTask<TransactionResult> TransactAsync(
        SmtpClientSession session, Delivery delivery, List<int>? pending, MessageContent content, CancellationToken cancellationToken)
    {
        IReadOnlyList<Recipient> all = delivery.Envelope.Recipients;
        IReadOnlyList<Recipient> recipients = pending is null ? all : [.. pending.Select(i => all[i])];
        try
        {
            TransactionResult result = await session.TransactAsync(
                delivery.Envelope, recipients, content, allOrNothing: false, cancellationToken).ConfigureAwait(false);
            while (TooMany(result) is { Count: > 0 } rest && session.IsUsable)
            {
                // RFC 5321 §4.5.3.1.10: the rest goes in another transaction, now.
                TransactionResult more = await session.TransactAsync(
                    delivery.Envelope, [.. rest.Select(i => recipients[i])], content, allOrNothing: false, cancellationToken).ConfigureAwait(false);
                result = result.With(rest, more);
                if (!more.Recipients.Any(r => r.Phase == SmtpPhase.EndOfData))
                {
                    break;
                }
            }

            await pool.ReturnAsync(session).ConfigureAwait(false);
            return result;
        }
        catch
        {
            await pool.DiscardAsync(session).ConfigureAwait(false);
            throw;
        }
    }

    private static List<int>? TooMany(TransactionResult result)
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

    /// <summary>Writes down the replies that settle something; gives back the recipients that another host should be asked about.</summary>
    private static List<int> Judge(DeliveryAttempt attempt, List<int>? pending, TransactionResult result, string host, bool dsn)
    {
        var left = new List<int>(0);
        for (int k = 0; k < result.Recipients.Count; k++)
        {
            int recipient = pending?[k] ?? k;
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

        return left;
    }

    /// <summary>
    /// The session ended before the content, or the host would not begin: another host may do better. Not after the content went:
    /// then the host may have the message, and a second one would make a copy.
    /// </summary>
    private static bool IsAboutThisHost(TransactionResult result, RecipientReply said) =>
        ReferenceEquals(said.Reply, ClientReplies.RequireTlsNotOffered)                    // RFC 8689 §4.2.1: try the other hosts
        || (!result.PerhapsDelivered && said.Reply.IsTransient
            && ((result.Lost && said.Phase < SmtpPhase.EndOfData) || said.Phase == SmtpPhase.Mail));

    private SessionTarget Target(Delivery delivery, NextHost host, IPAddress address)
    {
        var endPoint = new IPEndPoint(address, host.Port);
        TlsPolicy policy = delivery.Envelope.RequireTls
            ? new TlsPolicy(TlsDemand.Verified, "requiretls") { Names = [host.Name] }
            : TlsPolicy.Opportunistic;
        if (policy.Demand == TlsDemand.Opportunistic && memory.HasBrokenTls(endPoint))
        {
            policy = TlsPolicy.None;
        }

        return new SessionTarget(host.Name, endPoint, policy) { Trusted = host.Trusted, Credentials = host.Credentials };
    }

    /// <summary>An MX that has no address is a mistake that may be mended; one that DNS could not say anything about weighs more.</summary>
    private static Reply Softened(Reply reply, Reply last, NextHost host) => reply switch
    {
        { IsPermanent: true } when host.Implicit => new Reply(550, new(1, 2), "The domain has neither an MX record nor an address"),
        { IsPermanent: true } when ReferenceEquals(last, NothingTried) => reply with { Code = 451 },
        { IsPermanent: true } => last,
        _ => reply,
    };

    private void Note(
        DeliveryAttempt attempt, long started, NextHost? host, SessionTarget? target, SmtpPhase phase, Reply reply,
        TlsFacts? tls = null, bool perhapsDelivered = false)
    {
        TimeSpan took = time.GetElapsedTime(started);
        attempt.Records.Add(new AttemptRecord
        {
            StartedAt = time.GetUtcNow() - took,
            Took = took,
            Host = host?.Name,
            Address = target?.EndPoint.ToString(),
            Tls = tls?.Cipher,
            TlsPolicy = target?.Tls.DecidedBy,
            Certificate = tls?.CertificateText,
            Phase = phase.Name(),
            Reply = reply,
            PerhapsDelivered = perhapsDelivered,
        });
    }
}
