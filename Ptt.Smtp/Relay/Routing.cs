using Ptt.Dns;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>From a destination to hosts: what an administrator said for this message, else a route, else an address literal, else MX.</summary>
public sealed class Routing(RouteTable routes, MxLookup mx, AddressLookup addresses, SystemNames names, RelayOptions options)
{
    private static readonly Reply NoLiterals = new(550, new(1, 3), "Mail to an address literal is not sent from here");
    private static readonly Reply BadLiteral = new(550, new(1, 3), "The address literal cannot be read");

    public async ValueTask<NextHosts> FindAsync(Destination destination, string? reroute, CancellationToken cancellationToken)
    {
        if (Route.TryParse(reroute, out Route? forced))
        {
            return new NextHosts.Found([Host(forced)], "reroute");
        }

        if (routes.Find(destination) is { } route)
        {
            return new NextHosts.Found([Host(route)], "route");
        }

        if (destination.IsLiteral)
        {
            return !options.AllowAddressLiterals ? new NextHosts.None(NoLiterals, "literal")
                : Mailbox.TryParse("x@" + destination.Name, out Mailbox? mailbox) && mailbox.Literal is { } address
                    ? new NextHosts.Found([new NextHost(destination.Name, options.Port) { Literal = address }], "literal")
                    : new NextHosts.None(BadLiteral, "literal");
        }

        return await mx.FindAsync(DomainName.Parse(destination.Name), cancellationToken).ConfigureAwait(false) switch
        {
            MxAnswer.Hosts hosts => new NextHosts.Found([.. hosts.InOrder.Select(h => Host(h, hosts.Authenticated))], "mx"),
            MxAnswer.Nobody nobody => new NextHosts.None(nobody.Reply, "mx"),
            _ => throw new InvalidOperationException(),
        };
    }

    public async ValueTask<HostAddresses> AddressesAsync(NextHost host, CancellationToken cancellationToken)
    {
        if (host.Literal is { } literal)
        {
            return new HostAddresses.Found([literal], Authenticated: false);
        }

        if (host.Domain is { } domain)
        {
            return await addresses.FindAsync(domain, cancellationToken).ConfigureAwait(false);
        }

        return await names.FindAsync(host.Name, cancellationToken).ConfigureAwait(false) is { Count: > 0 } found
            ? new HostAddresses.Found(found, Authenticated: false)
            : new HostAddresses.None(new Reply(451, new(4, 4), $"The next hop {host.Name} has no address"));
    }

    private NextHost Host(Route route) => new(route.Host, route.Port)
    {
        Trusted = true,
        Credentials = options.SmartHosts.TryGetValue(route.Host, out SmartHostOptions? smart) && smart.UserName.Length > 0
            ? new ClientCredentials(smart.UserName, smart.Password)
            : null,
    };

    private NextHost Host(MxHost host, bool authenticated) =>
        new(host.Name.ToString(), options.Port) { Domain = host.Name, Implicit = host.Implicit, Authenticated = authenticated };
}
