using System.Net;
using System.Net.Sockets;

namespace Ptt.Tests.Support;

/// <summary>
/// Ports for servers that are told where to listen. Below those that the kernel gives by itself (32768 and up), so that no connection and no
/// listener of another test takes one between its choice and its use.
/// </summary>
internal static class Ports
{
    private const int First = 11_000, End = 32_000;

    private static int _next = Random.Shared.Next(End - First);

    /// <summary>Free for TCP and UDP, each given once in this process.</summary>
    public static int Free()
    {
        for (int tried = 0; tried < End - First; tried++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _next) % (End - First));
            using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                tcp.Bind(new IPEndPoint(IPAddress.Any, port));
                udp.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                // somebody listens there: the next
            }
        }

        throw new InvalidOperationException($"No port from {First} to {End} is free.");
    }
}
