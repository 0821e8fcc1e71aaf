using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ptt.Smtp.Transport;

public enum ProxyParse
{
    /// <summary>More octets are needed; nothing was consumed.</summary>
    Incomplete,

    Complete,

    /// <summary>Not a header: whoever sends this is no proxy of ours.</summary>
    Malformed,
}

/// <summary>
/// The line or block that a load balancer puts in front of a connection (PROXY protocol, versions 1 and 2, as HAProxy describes it): from where
/// the client really came. To be believed only from addresses that an administrator named.
/// </summary>
public static class ProxyHeader
{
    // Version 1: 107 octets with CRLF. Version 2: what its length field may say, and we take no more than this of it.
    private const int LongestLine = 107;
    private const int LongestBlock = 4096;

    private static ReadOnlySpan<byte> Signature => [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    /// <summary><paramref name="client"/> is null when the proxy speaks for itself (LOCAL, UNKNOWN): the connection's own address stays.</summary>
    public static ProxyParse TryRead(ref ReadOnlySequence<byte> buffer, out IPEndPoint? client)
    {
        client = null;
        if (buffer.IsEmpty)
        {
            return ProxyParse.Incomplete;
        }

        Span<byte> start = stackalloc byte[Math.Min(16, (int)Math.Min(buffer.Length, 16))];
        buffer.Slice(0, start.Length).CopyTo(start);
        return start[0] == 'P' ? ReadLine(ref buffer, out client) : ReadBlock(start, ref buffer, out client);
    }

    // "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"
    private static ProxyParse ReadLine(ref ReadOnlySequence<byte> buffer, out IPEndPoint? client)
    {
        client = null;
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            return buffer.Length >= LongestLine ? ProxyParse.Malformed : ProxyParse.Incomplete;
        }

        string[] words = line.Length > LongestLine - 2 ? [] : Encoding.Latin1.GetString(line).Split(' ');
        if (words is not ["PROXY", "UNKNOWN", ..] && (words is not ["PROXY", "TCP4" or "TCP6", _, _, _, _] || !TryEndPoint(words, out client)))
        {
            return ProxyParse.Malformed;
        }

        buffer = buffer.Slice(reader.Position);
        return ProxyParse.Complete;
    }

    private static bool TryEndPoint(string[] words, out IPEndPoint? client)
    {
        client = null;
        AddressFamily family = words[1] == "TCP4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (!TryAddress(words[2], family, out IPAddress? address) || !TryAddress(words[3], family, out _) || !TryPort(words[4], out ushort port) || !TryPort(words[5], out _))
        {
            return false;
        }

        client = new IPEndPoint(address, port);
        return true;
    }

    private static bool TryAddress(string word, AddressFamily family, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(word, out address) && address.AddressFamily == family && (family == AddressFamily.InterNetworkV6 || word.Split('.').Length == 4);

    private static bool TryPort(string word, out ushort port) => ushort.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out port);

    private static ProxyParse ReadBlock(ReadOnlySpan<byte> start, ref ReadOnlySequence<byte> buffer, out IPEndPoint? client)
    {
        client = null;
        if (!Signature.StartsWith(start[..Math.Min(start.Length, Signature.Length)]))
        {
            return ProxyParse.Malformed;
        }

        if (start.Length < 16)
        {
            return ProxyParse.Incomplete;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(start[14..]);
        if (start[12] is not (0x20 or 0x21) || length > LongestBlock)
        {
            return ProxyParse.Malformed;
        }

        if (buffer.Length < 16 + length)
        {
            return ProxyParse.Incomplete;
        }

        byte[] addresses = buffer.Slice(16, length).ToArray();
        int size = start[13] switch { 0x11 => 4, 0x21 => 16, _ => 0 };     // TCP over IPv4, TCP over IPv6; others say nothing to us
        if (start[12] == 0x21 && size > 0)
        {
            if (length < (2 * size) + 4)
            {
                return ProxyParse.Malformed;
            }

            client = new IPEndPoint(new IPAddress(addresses.AsSpan(0, size)), BinaryPrimitives.ReadUInt16BigEndian(addresses.AsSpan(2 * size)));
        }

        buffer = buffer.Slice(16 + length);
        return ProxyParse.Complete;
    }
}
