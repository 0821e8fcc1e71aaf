using System.Globalization;
using System.Net;
using Ptt.Dns;

namespace Ptt.Web.Domains;

/// <summary>A name server as the configuration names it: <c>192.0.2.1</c>, <c>[2001:db8::1]:5353</c>, <c>ns.example.org:53</c>.</summary>
public sealed record ServerAddress(IPAddress? Address, DomainName Host, int Port)
{
    private const int DefaultPort = 53;

    public static bool TryParse(string text, out ServerAddress server)
    {
        server = new ServerAddress(IPAddress.Loopback, DomainName.Root, DefaultPort);
        if (IPEndPoint.TryParse(text, out IPEndPoint? endPoint))
        {
            server = new ServerAddress(endPoint.Address, DomainName.Root, endPoint.Port == 0 ? DefaultPort : endPoint.Port);
            return true;
        }

        int port = DefaultPort;
        if (text.Split(':') is not ([_] or [_, _]) || text.Split(':') is not [var name, .. var rest]
            || (rest is [var number] && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is 0 or > ushort.MaxValue))
            || !DomainName.TryParse(name, out DomainName host) || host.IsRoot)
        {
            return false;
        }

        server = new ServerAddress(null, host, port);
        return true;
    }

    public override string ToString() => Address is null ? $"{Host}:{Port}" : new IPEndPoint(Address, Port).ToString();
}
