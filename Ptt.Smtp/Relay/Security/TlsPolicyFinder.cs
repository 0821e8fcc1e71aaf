using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay.Security;

/// <summary>
/// Which rule decides about TLS for a host. In this order: what an administrator said of it; the message's own wish not to be held up (TLS-Required:
/// No); DANE, which MTA-STS never overrides (RFC 8461 §2); MTA-STS; and TLS as it is offered.
/// REQUIRETLS (RFC 8689) raises whatever comes out to a certificate that is verified.
/// </summary>
public sealed class TlsPolicyFinder(IResolver resolver, StsPolicies? sts, RelayOptions options)
{
    private static readonly TlsDecision Opportunistic = new TlsDecision.Use(TlsPolicy.Opportunistic);

    /// <summary><paramref name="tlsNotRequired"/> looks into the message; asked only where the answer matters.</summary>
    public async ValueTask<TlsDecision> DecideAsync(
        Destination destination, NextHost host, HostAddresses.Found addresses, Envelope envelope, Func<ValueTask<bool>> tlsNotRequired,
        CancellationToken cancellationToken)
    {
        TlsDecision decision = host.Trusted ? new TlsDecision.Use(SmartHost(host))
            : options.TlsPolicies.TryGetValue(destination.Name, out TlsDemand demand) ? new TlsDecision.Use(new TlsPolicy(demand, "configured") { Names = [host.Name] })
            : await PublishedAsync(destination, host, addresses, cancellationToken).ConfigureAwait(false);

        if (envelope.RequireTls)
        {
            return decision is TlsDecision.Use { Policy: { Demand: < TlsDemand.Verified } policy }
                ? new TlsDecision.Use(policy with { Demand = TlsDemand.Verified, DecidedBy = "requiretls", Names = [host.Name] })   // RFC 8689 §4.2.1
                : decision;
        }

        // RFC 8689 §3: the message says that it would rather arrive in the clear than not (a report about TLS, for one).
        return decision is TlsDecision.Skip or TlsDecision.Use { Policy.DecidedBy: "dane" or "mta-sts" } && await tlsNotRequired().ConfigureAwait(false)
            ? new TlsDecision.Use(TlsPolicy.Opportunistic with { DecidedBy = "tls-required-no" })
            : decision;
    }

    /// <summary>What the destination publishes about itself.</summary>
    private async ValueTask<TlsDecision> PublishedAsync(
        Destination destination, NextHost host, HostAddresses.Found addresses, CancellationToken cancellationToken)
    {
        if (options.Dane && host.Domain is { } name && host.Authenticated && addresses.Authenticated)
        {
            // RFC 7672 §2.2.2: where the host is an alias, what it stands for is asked about first.
            TlsDecision? dane = addresses.Canonical is { } canonical && canonical != name
                ? await DaneAsync(destination, canonical, name, host.Port, cancellationToken).ConfigureAwait(false)
                : null;
            if ((dane ?? await DaneAsync(destination, name, name, host.Port, cancellationToken).ConfigureAwait(false)) is { } decided)
            {
                return decided;
            }
        }

        StsAnswer? found = options.MtaSts && sts is not null && host.Domain is not null
            ? await sts.ForAsync(DomainName.Parse(destination.Name), cancellationToken).ConfigureAwait(false)
            : null;
        if (found?.Policy is not { Mode: not StsMode.None } policy)
        {
            return found?.Fault is null ? Opportunistic : new TlsDecision.Use(TlsPolicy.Opportunistic) { Sts = found };
        }

        // RFC 8461 §5: enforce refuses a host that the policy does not name; testing never blocks, and is told of all the same.
        bool named = policy.Names(host.Name);
        return policy.Mode switch
        {
            StsMode.Testing => new TlsDecision.Use(TlsPolicy.Opportunistic with
            {
                DecidedBy = "mta-sts testing", Testing = true, Names = [host.Name], TrustAnchors = sts!.TrustAnchors,
            }) { Sts = found, Fault = named ? null : TlsResult.ValidationFailure },
            _ when named => new TlsDecision.Use(new TlsPolicy(TlsDemand.Verified, "mta-sts") { Names = [host.Name], TrustAnchors = sts!.TrustAnchors }) { Sts = found },
            _ => new TlsDecision.Skip(
                new Reply(451, new(7, 5), $"The MTA-STS policy of {destination} does not name the host {host.Name}"), "mta-sts", TlsResult.ValidationFailure) { Sts = found },
        };
    }

    /// <summary>Null: DANE has nothing to say (RFC 7672 §2.2).</summary>
    private async ValueTask<TlsDecision?> DaneAsync(
        Destination destination, DomainName host, DomainName named, int port, CancellationToken cancellationToken)
    {
        if (!host.TryBelow($"_{port}._tcp", out DomainName record))
        {
            return null;
        }

        DnsAnswer answer = await resolver.QueryAsync(record, RecordType.Tlsa, cancellationToken).ConfigureAwait(false);
        switch (answer)
        {
            case DnsAnswer.Failed failed:
                // RFC 7672 §2.1.2: no answer for a host whose addresses are signed may be an attack; wait, never fall back.
                return new TlsDecision.Skip(new Reply(451, new(7, 5), $"The TLSA records of {host} could not be read or are bogus ({failed.Reason})"), "dane", TlsResult.DnssecInvalid);
            case DnsAnswer.Found found when answer.Authenticated:
                RecordData.Tlsa[] usable = [.. found.Data<RecordData.Tlsa>().Where(Client.Dane.IsUsable)];
                return usable.Length > 0
                    ? new TlsDecision.Use(new TlsPolicy(TlsDemand.Dane, "dane") { Tlsa = usable, Names = [.. new[] { host.ToString(), named.ToString(), destination.Name }.Distinct()] })
                    : new TlsDecision.Use(new TlsPolicy(TlsDemand.Encrypted, "dane")) { Fault = TlsResult.TlsaInvalid };   // §2.2: unusable records still demand TLS
            default:
                return null;
        }
    }

    private TlsPolicy SmartHost(NextHost host) =>
        !options.SmartHosts.TryGetValue(host.Name, out SmartHostOptions? smart) ? TlsPolicy.Opportunistic
        : new TlsPolicy(smart.ImplicitTls && smart.Tls < TlsDemand.Encrypted ? TlsDemand.Encrypted : smart.Tls, "route")
        {
            Implicit = smart.ImplicitTls,
            Names = [host.Name],
        };
}
