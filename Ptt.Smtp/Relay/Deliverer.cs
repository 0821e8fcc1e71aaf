using System.Net;
using Ptt.Mail;
using Ptt.Mail.Headers;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay.Pacing;
using Ptt.Smtp.Relay.Security;

namespace Ptt.Smtp.Relay;

/// <summary>
/// One attempt at one delivery: hosts by preference, their addresses in turn, a transaction with the first that will talk, and a
/// reply for every recipient (RFC 5321 §5.1). It decides nothing about the future: no retry times, no reports, no storage.
/// </summary>
public sealed class Deliverer(
    Routing routing, TlsPolicyFinder tls, SessionPool pool, HostMemory memory, Pacer pacer, TimeProvider time, ISuppressions? suppressions = null)
{
    /// <summary>So many addresses are tried in one attempt, and so many whole sessions held: a large MX set must not hold us for an hour.</summary>
    private const int MaxAddresses = 5, MaxSessions = 2;

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

    private async ValueTask TryHostsAsync(Course course, NextHosts.Found hosts, CancellationToken cancellationToken)
    {
        if (course.Delivery.Reroute is null)
        {
            pacer.Learn(course.Delivery.Destination, hosts);
        }

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
                course.Delivery.Destination, host, found.Authenticated, course.Delivery.Envelope, course.TlsNotRequiredAsync, cancellationToken).ConfigureAwait(false);
            if (decision is TlsDecision.Skip skip)
            {
                Note(course, started, host, null, SmtpPhase.StartTls, skip.Reply, decidedBy: skip.DecidedBy);
                continue;
            }

            await TryHostAsync(course, host, found.InOrder, ((TlsDecision.Use)decision).Policy, cancellationToken).ConfigureAwait(false);
            if (course.IsOver)
            {
                return;
            }
        }
    }

    private async ValueTask TryHostAsync(
        Course course, NextHost host, IReadOnlyList<IPAddress> addresses, TlsPolicy policy, CancellationToken cancellationToken)
    {
        List<SessionTarget> targets = Targets(course, host, addresses, policy);
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
                    (opening, _) = await pool.RentAsync(targets, fresh: true, cancellationToken).ConfigureAwait(false);
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
                    course.Pending = Judge(course, result, host.Name, session.Peer.Dsn);
                    break;
                case SessionOpening.Refused { Target: { } target } refused:
                    course.Addresses++;
                    targets.Remove(target);
                    memory.Reached(target.EndPoint);
                    Note(course, started, host, target, refused.Phase, refused.Reply, refused.Tls);
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
            if (targets.Count + course.Addresses == MaxAddresses)
            {
                break;
            }

            var endPoint = new IPEndPoint(address, host.Port);
            bool clear = policy.Demand == TlsDemand.Opportunistic && memory.HasBrokenTls(endPoint);
            var target = new SessionTarget(host.Name, endPoint, clear ? TlsPolicy.None : policy) { Trusted = host.Trusted, Credentials = host.Credentials };
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
    private async ValueTask<TransactionResult> TransactAsync(SmtpClientSession session, Course course, CancellationToken cancellationToken)
    {
        Envelope envelope = course.Delivery.Envelope;
        IReadOnlyList<Recipient> all = envelope.Recipients;
        IReadOnlyList<Recipient> recipients = course.Pending is null ? all : [.. course.Pending.Select(i => all[i])];
        try
        {
            TransactionResult result = await session.TransactAsync(
                envelope, recipients, course.Content, allOrNothing: false, cancellationToken).ConfigureAwait(false);
            while (TooMany(result) is { Count: > 0 } rest && session.IsUsable)
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
    private static List<int> Judge(Course course, TransactionResult result, string host, bool dsn)
    {
        var left = new List<int>(0);
        for (int k = 0; k < result.Recipients.Count; k++)
        {
            int recipient = course.Pending?[k] ?? k;
            RecipientReply said = result.Recipients[k];
            if (IsAboutThisHost(result, said))
            {
                left.Add(recipient);
                continue;
            }

            course.Attempt.Set(recipient, new AttemptReply(said.Reply, said.Phase)
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

    /// <summary>How far one attempt has come.</summary>
    private sealed class Course(Delivery delivery, MessageContent content, DeliveryAttempt attempt)
    {
        public static readonly Reply NothingTried = new(451, new(4, 1), "No host of the destination could be tried");

        private bool? _tlsNotRequired;

        public Delivery Delivery => delivery;

        public MessageContent Content => content;

        public DeliveryAttempt Attempt => attempt;

        /// <summary>The recipients that have no reply yet; null: all of them.</summary>
        public List<int>? Pending { get; set; }

        public int Addresses { get; set; }

        public int Sessions { get; set; }

        public Reply Last { get; set; } = NothingTried;

        public SmtpPhase LastPhase { get; set; } = SmtpPhase.Resolve;

        public bool IsOver => Pending is { Count: 0 } || Sessions == MaxSessions || Addresses >= MaxAddresses;

        /// <summary>The header says <c>TLS-Required: No</c> (RFC 8689 §3). Looked for once, and only where it matters.</summary>
        public async ValueTask<bool> TlsNotRequiredAsync() => _tlsNotRequired ??=
            await MessageHeader.ReadAsync(content, CancellationToken.None).ConfigureAwait(false) is HeaderReading.Read { Header: var header }
            && header.TryFind("TLS-Required"u8, out HeaderField field) && field.Unfold().Trim().Equals("No", StringComparison.OrdinalIgnoreCase);
    }
}
