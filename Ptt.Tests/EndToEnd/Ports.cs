using System.Net;
using System.Net.Sockets;

namespace Ptt.Tests.EndToEnd;

/// <summary>Ports that were free a moment ago, each given once in this process.</summary>
internal static class Ports
{
    private static readonly HashSet<int> Given = [];

    public static int Free()
    {
        while (true)
        {
            using var tcp = new TcpListener(IPAddress.Loopback, 0);
            tcp.Start();
            int port = ((IPEndPoint)tcp.LocalEndpoint).Port;
            try
            {
                using var udp = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));   // a name server wants both
                lock (Given)
                {
                    if (Given.Add(port))
                    {
                        return port;
                    }
                }
            }
            catch (SocketException)
            {
                // taken for UDP: another
            }
        }
    }
}
