using System.Net;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay.Pacing;
using Ptt.Smtp.Relay.Security;
using Ptt.Smtp.Relay.Sources;

namespace Ptt.Smtp.Relay;

/// <summary>Walks the way of a delivery up to the connection, with the very parts that deliver, and says what it found.</summary>
public sealed class Explainer(
    Routing routing, TlsPolicyFinder tls, HostMemory memory, Pacer pacer, Dialer dialer, RelayOptions options, ISuppressions? suppressions = null,
    SourceAddresses? sources = null)
{
    public async ValueTask<Explanation> ExplainAsync(Mailbox address, Mailbox? sender, CancellationToken cancellationToken)
    {
        Destination destination = Destination.Of(address);
        NextHosts next = await routing.FindAsync(destination, null, cancellationToken).ConfigureAwait(false);
        string key = next is NextHosts.Found f ? pacer.KeyOf(destination, f) : destination.Name;
        var explanation = new Explanation
        {
            Address = address.ToString(),
            Destination = destination.Name,
            Via = next is NextHosts.Found { Via: var via } ? via : ((NextHosts.None)next).Via,
            Reply = (next as NextHosts.None)?.Reply,
            Suppressed = suppressions?.ReasonFor(address),
            Provider = key,
            ConnectionLimit = pacer.LimitFor(key),
            Rate = options.Rates.GetValueOrDefault(key),
            Sources = [.. (sources?.Explain(sender?.DomainText, key) ?? []).Select(s =>
                new ExplainedSource(s.Source.Name, s.Source.Address.ToString(), s.Source.HeloName, s.Today, s.Ceiling, s.Source.PerDay, s.InFlight))],
        };
        if (next is not NextHosts.Found found)
        {
            return explanation;
        }

        var envelope = new Envelope
        {
            ReversePath = sender,
            Recipients = [new Recipient(address)],
            Origin = new Origin { ReceivedAt = default, SessionId = "explain" },
        };
        var hosts = new List<ExplainedHost>();
        ExplainedSts? sts = null;
        foreach (NextHost host in found.InOrder)
        {
            (ExplainedHost explained, StsAnswer? policy) = await ExplainAsync(destination, host, envelope, cancellationToken).ConfigureAwait(false);
            hosts.Add(explained);
            sts ??= policy is null ? null : new ExplainedSts(policy.Policy?.Mode.ToString().ToLowerInvariant(), policy.Policy?.Mx ?? [], policy.Fault?.Words);
        }

        return explanation with { Hosts = hosts, Sts = sts };
    }

    private async ValueTask<(ExplainedHost Host, StsAnswer? Sts)> ExplainAsync(
        Destination destination, NextHost host, Envelope envelope, CancellationToken cancellationToken)
    {
        var explained = new ExplainedHost(host.Name, host.Port) { Authenticated = host.Authenticated };
        HostAddresses addresses = await routing.AddressesAsync(host, cancellationToken).ConfigureAwait(false);
        if (addresses is not HostAddresses.Found found)
        {
            return (explained with { Reply = ((HostAddresses.None)addresses).Reply }, null);
        }

        TlsDecision decision = await tls.DecideAsync(destination, host, found, envelope, static () => ValueTask.FromResult(false), cancellationToken).ConfigureAwait(false);
        explained = explained with { Addresses = [.. found.InOrder.Select(a => Explain(host, a))] };
        return (decision switch
        {
            TlsDecision.Use use => explained with
            {
                Tls = use.Policy.Demand, TlsDecidedBy = use.Policy.DecidedBy, Tlsa = AppliedPolicy.Of(destination, host, decision) is { Type: "tlsa", Lines: var lines } ? lines : [],
            },
            TlsDecision.Skip skip => explained with { Reply = skip.Reply, TlsDecidedBy = skip.DecidedBy },
            _ => explained,
        }, decision.Sts);
    }

    private ExplainedAddress Explain(NextHost host, IPAddress address)
    {
        var endPoint = new IPEndPoint(address, host.Port);
        Reply? notNow = dialer.Allows(new SessionTarget(host.Name, endPoint, TlsPolicy.Opportunistic) { Trusted = host.Trusted })
            ? memory.CoolingDown(endPoint)
            : ClientReplies.NotPublic;
        return new ExplainedAddress(endPoint.ToString(), notNow?.Text, memory.HasBrokenTls(endPoint));
    }
}
