using System.Net;
using System.Runtime.CompilerServices;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay.Pacing;
using Ptt.Smtp.Relay.Security;
using Ptt.Smtp.Relay.Sources;

namespace Ptt.Smtp.Relay;

/// <summary>
/// One attempt at one delivery: hosts by preference, their addresses in turn, a transaction with the first that will talk, and a
/// reply for every recipient (RFC 5321 §5.1). It decides nothing about the future: no retry times, no reports, no storage.
/// </summary>
public sealed class Deliverer(
    Routing routing, TlsPolicyFinder tls, SessionPool pool, HostMemory memory, Pacer pacer, TimeProvider time, ISuppressions? suppressions = null,
    SourceAddresses? sources = null, ITlsReports? reports = null)
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DeliveryAttempt> DeliverAsync(Delivery delivery, MessageContent content, CancellationToken cancellationToken)
    {
        var attempt = new DeliveryAttempt(delivery.Recipients.Count);
        if (delivery.Verdict is { } decided)
        {
            attempt.Fill(decided, SmtpPhase.Mail);
            return attempt;
        }

        var course = new Course(delivery, content, attempt) { Pending = Suppress(delivery, attempt) };
        if (course.Pending is { Count: 0 })
        {
            return attempt;
        }

        long started = time.GetTimestamp();
        NextHosts hosts = await routing.FindAsync(delivery.Destination, delivery.Reroute, cancellationToken).ConfigureAwait(false);
        if (hosts is NextHosts.None none)
        {
            Note(course, started, null, null, SmtpPhase.Resolve, none.Reply);
        }
        else
        {
            await TryHostsAsync(course, (NextHosts.Found)hosts, cancellationToken).ConfigureAwait(false);
        }

        attempt.Fill(course.Last, course.LastPhase);
        return attempt;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask TryHostsAsync(Course course, NextHosts.Found hosts, CancellationToken cancellationToken)
    {
        if (course.Delivery.Reroute is null)
        {
            pacer.Learn(course.Delivery.Destination, hosts);
        }

        using SourceLease? leaving = sources?.Take(course.Delivery, pacer.KeyOf(course.Delivery.Destination));
        if (leaving is { NotNow: { } notNow })
        {
            Note(course, time.GetTimestamp(), null, null, SmtpPhase.Connect, notNow.Reply);
            course.Attempt.NotBegun = notNow.Wait;
            return;
        }

        course.Sources = leaving;
        foreach (NextHost host in hosts.InOrder)
        {
            long started = time.GetTimestamp();
            HostAddresses addresses = await routing.AddressesAsync(host, cancellationToken).ConfigureAwait(false);
            if (addresses is not HostAddresses.Found found)
            {
                Note(course, started, host, null, SmtpPhase.Resolve, Softened(((HostAddresses.None)addresses).Reply, course.Last, host));
                continue;
            }

            TlsDecision decision = await tls.DecideAsync(
                course.Delivery.Destination, host, found, course.Delivery.Envelope, course.TlsNotRequiredAsync, cancellationToken).ConfigureAwait(false);
            if (decision is TlsDecision.Skip skip)
            {
                Note(course, started, host, null, SmtpPhase.StartTls, skip.Reply, decidedBy: skip.DecidedBy);
                Tell(course, host, decision, skip.Result, skip.Reply.Text);
                continue;
            }

            await TryHostAsync(course, host, found.InOrder, (TlsDecision.Use)decision, cancellationToken).ConfigureAwait(false);
            if (course.IsOver)
            {
                return;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask TryHostAsync(
        Course course, NextHost host, IReadOnlyList<IPAddress> addresses, TlsDecision.Use decision, CancellationToken cancellationToken)
    {
        List<SessionTarget> targets = Targets(course, host, addresses, decision.Policy);
        while (targets.Count > 0 && !course.IsOver)
        {
            long started = time.GetTimestamp();
            (SessionOpening opening, bool reused) = await pool.RentAsync(targets, fresh: false, cancellationToken).ConfigureAwait(false);
            TransactionResult? result = null;
            if (opening is SessionOpening.Opened opened)
            {
                result = await TransactAsync(opened.Session, course, cancellationToken).ConfigureAwait(false);
                if (reused && result.WasStale)
                {
                    // It lay idle and the host had closed it: that says nothing about the host.
                    (opening, reused) = await pool.RentAsync(targets, fresh: true, cancellationToken).ConfigureAwait(false);
                    result = opening is SessionOpening.Opened anew ? await TransactAsync(anew.Session, course, cancellationToken).ConfigureAwait(false) : null;
                }
            }

            foreach (ConnectFailure failure in opening.NotReached)
            {
                course.Addresses++;
                targets.Remove(failure.Target);
                if (failure.Reply.Status is { Subject: 4, Detail: 1 })
                {
                    memory.NotReached(failure.Target.EndPoint, failure.Reply);
                }

                Note(course, started, host, failure.Target, SmtpPhase.Connect, failure.Reply);
            }

            switch (opening)
            {
                case SessionOpening.Opened { Session: var session }:
                    course.Addresses++;
                    course.Sessions++;
                    targets.Remove(session.Target);
                    memory.Reached(session.Target.EndPoint);
                    Note(course, started, host, session.Target, result!.Phase, result.Reply, session.Tls, result.PerhapsDelivered);
                    course.Judge(result, host.Name, session.Peer.Dsn);
                    if (!reused && session.Target.Tls.Demand != TlsDemand.None)
                    {
                        Tell(course, host, decision, session);
                    }

                    break;
                case SessionOpening.Refused { Target: { } target } refused:
                    course.Addresses++;
                    targets.Remove(target);
                    memory.Reached(target.EndPoint);
                    Note(course, started, host, target, refused.Phase, refused.Reply, refused.Tls);
                    if (refused.Failure is { } failed)
                    {
                        Tell(course, host, decision, TlsResults.Of(failed), refused.Reply.Text, refused.LocalAddress, target.EndPoint.Address);
                    }

                    if (refused.Failure == TlsFailure.Handshake && target.Tls.Demand == TlsDemand.Opportunistic)
                    {
                        memory.TlsFailed(target.EndPoint);                                 // the next attempt may go in the clear
                    }

                    break;
            }
        }
    }

    /// <summary>The addresses that may be dialled now; why others may not goes into the trace.</summary>
    private List<SessionTarget> Targets(Course course, NextHost host, IReadOnlyList<IPAddress> addresses, TlsPolicy policy)
    {
        var targets = new List<SessionTarget>(addresses.Count);
        foreach (IPAddress address in addresses)
        {
            if (targets.Count + course.Addresses == Course.MaxAddresses)
            {
                break;
            }

            if (course.Sources?.Serves(address.AddressFamily) == false)
            {
                continue;
            }

            var endPoint = new IPEndPoint(address, host.Port);
            Source? source = course.Sources?.For(address.AddressFamily);
            bool clear = policy.Demand == TlsDemand.Opportunistic && memory.HasBrokenTls(endPoint);
            var target = new SessionTarget(host.Name, endPoint, clear ? TlsPolicy.None : policy)
            {
                Trusted = host.Trusted, Credentials = host.Credentials, Source = source?.Address, HeloName = source?.HeloName,
            };
            if (memory.CoolingDown(endPoint) is { } notNow)
            {
                Note(course, time.GetTimestamp(), host, target, SmtpPhase.Connect, notNow);
            }
            else
            {
                targets.Add(target);
            }
        }

        return targets;
    }

    /// <summary>Sends to those that are left, and again to those the host wants in another transaction.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TransactionResult> TransactAsync(SmtpClientSession session, Course course, CancellationToken cancellationToken)
    {
        Envelope envelope = course.Delivery.Envelope;
        IReadOnlyList<Recipient> recipients = course.PendingRecipients;
        course.Sources?.Use(session.Target.Source);
        try
        {
            TransactionResult result = await session.TransactAsync(
                envelope, recipients, course.Content, allOrNothing: false, cancellationToken).ConfigureAwait(false);
            while (Course.TooMany(result) is { Count: > 0 } rest && session.IsUsable)
            {
                // RFC 5321 §4.5.3.1.10: the rest goes in another transaction, now.
                TransactionResult more = await session.TransactAsync(
                    envelope, [.. rest.Select(i => recipients[i])], course.Content, allOrNothing: false, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Whoever is on the suppression list gets nothing; gives back the others when there are such, null for all.</summary>
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

    /// <summary>An MX that has no address is a mistake that may be mended; one that DNS could not say anything about weighs more.</summary>
    private static Reply Softened(Reply reply, Reply last, NextHost host) => reply switch
    {
        { IsPermanent: true } when host.Implicit => new Reply(550, new(1, 2), "The domain has neither an MX record nor an address"),
        { IsPermanent: true } when ReferenceEquals(last, Course.NothingTried) => reply with { Code = 451 },
        { IsPermanent: true } => last,
        _ => reply,
    };

    private void Note(
        Course course, long started, NextHost? host, SessionTarget? target, SmtpPhase phase, Reply reply,
        TlsFacts? facts = null, bool perhapsDelivered = false, string? decidedBy = null)
    {
        (course.Last, course.LastPhase) = (reply, phase);
        TimeSpan took = time.GetElapsedTime(started);
        course.Attempt.Records.Add(new AttemptRecord
        {
            StartedAt = time.GetUtcNow() - took,
            Took = took,
            Host = host?.Name,
            Address = target?.EndPoint.ToString(),
            Tls = facts?.Cipher,
            TlsPolicy = target?.Tls.DecidedBy ?? decidedBy,
            Certificate = facts?.CertificateText,
            Phase = phase.Name(),
            Reply = reply,
            PerhapsDelivered = perhapsDelivered,
        });
    }

    /// <summary>For the report of the domain: a session that was opened, once, however many messages it carries.</summary>
    private void Tell(Course course, NextHost host, TlsDecision.Use decision, SmtpClientSession session)
    {
        TlsProblem? problem = session.Tls?.Problem;
        (TlsResult result, string? reason) = session.Tls is null ? (TlsResult.StartTlsNotSupported, null)
            : problem is not null ? (TlsResults.Of(problem.Failure), problem.Words)
            : decision.Fault is { } fault ? (fault, null)
            : decision.Sts?.Fault is { } unfetched ? (unfetched.Result, unfetched.Words)
            : (TlsResult.Success, (string?)null);
        Tell(course, host, decision, result, reason, session.LocalAddress, session.Target.EndPoint.Address);
    }

    private void Tell(
        Course course, NextHost host, TlsDecision decision, TlsResult result, string? reason, IPAddress? sending = null, IPAddress? receiving = null)
    {
        if (reports is not null && !host.Trusted && host.Domain is not null
            && AppliedPolicy.Of(course.Delivery.Destination, host, decision) is { } policy)
        {
            reports.Note(new TlsSession(course.Delivery.Destination.Name, policy, host.Name, result) { Sending = sending, Receiving = receiving, Reason = reason });
        }
    }
}
