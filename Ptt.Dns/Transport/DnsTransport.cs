using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Dns.Transport;

/// <summary>
/// Carries one message to one server and brings back the reply to it, or says why there is none. It does what makes a reply hard to forge (RFC 5452):
/// a fresh random id and source port for each query, letters of random case in the question, and a reply counts only when it comes from the
/// server asked and repeats id and question. It neither retries nor interprets; the resolver and the update client do.
/// </summary>
public sealed class DnsTransport(TimeProvider time)
{
    /// <summary>After so many wrong replies to one query someone is guessing: TCP then (RFC 5452 §9.3).</summary>
    private const int MaxStrays = 16;

    /// <summary>By UDP, and by TCP when the reply is cut off or does not repeat the case of our question.</summary>
    public async ValueTask<Exchange> QueryAsync(IPEndPoint server, DnsMessage query, TimeSpan timeout, CancellationToken cancellationToken)
    {
        byte[] octets = (query with { Id = RandomId() }).Encode();
        RandomizeCase(octets);
        return await UdpAsync(server, octets, timeout, cancellationToken) ?? await TcpAsync(server, query, timeout, cancellationToken);
    }

    /// <summary>By TCP alone (RFC 7766), with an id of its own.</summary>
    public ValueTask<Exchange> TcpAsync(IPEndPoint server, DnsMessage query, TimeSpan timeout, CancellationToken cancellationToken) =>
        TcpAsync(server, (query with { Id = RandomId() }).Encode(), timeout, cancellationToken);

    /// <summary>Sends the octets as they are: they may be signed.</summary>
    public async ValueTask<Exchange> TcpAsync(IPEndPoint server, ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server, either.Token);
            await using var stream = new NetworkStream(socket);
            byte[] framed = new byte[2 + octets.Length];                       // RFC 7766 §8: the length with the message, in one segment
            BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)octets.Length);
            octets.CopyTo(framed.AsMemory(2));
            await stream.WriteAsync(framed, either.Token);

            byte[] length = new byte[2];
            await stream.ReadExactlyAsync(length, either.Token);
            byte[] reply = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(reply, either.Token);
            return Match(octets.Span, reply, exactCase: false) is { } message
                ? new Exchange.Answered(message, reply)
                : new Exchange.Failed(DnsFailure.Malformed, $"{server} sent over TCP what is no reply to our message");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TimedOut(server, "TCP", timeout);
        }
        catch (Exception fault) when (fault is SocketException or IOException)
        {
            return Unreachable(server, "TCP", fault);
        }
    }

    /// <summary>Null: ask again by TCP.</summary>
    private async ValueTask<Exchange?> UdpAsync(IPEndPoint server, byte[] query, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        byte[] buffer = new byte[4096];
        try
        {
            // Connected, the socket has a random port of its own and the kernel drops what others send to it.
            await socket.ConnectAsync(server, either.Token);
            await socket.SendAsync(query, either.Token);
            for (int strays = 0; strays < MaxStrays; strays++)
            {
                int length = await socket.ReceiveAsync(buffer, either.Token);
                byte[] reply = buffer[..length];
                if (Match(query, reply, exactCase: true) is { } message)
                {
                    return message.IsTruncated ? null : new Exchange.Answered(message, reply);
                }

                if (Match(query, reply, exactCase: false) is not null)
                {
                    return null;   // a server that does not keep the case of names, or a guess that was good but for it
                }
            }

            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TimedOut(server, "UDP", timeout);
        }
        catch (SocketException fault)
        {
            return Unreachable(server, "UDP", fault);
        }
    }

    /// <summary>The reply, if it is one to this query: same id, opcode and question (RFC 5452 §9.1). An error may leave out the question.</summary>
    private static DnsMessage? Match(ReadOnlySpan<byte> query, ReadOnlySpan<byte> reply, bool exactCase)
    {
        if (reply.Length < DnsMessage.HeaderLength || !reply[..2].SequenceEqual(query[..2])
            || !DnsMessage.TryDecode(reply, out DnsMessage? message) || !message.IsResponse || message.Opcode != (Opcode)((query[2] >> 3) & 0xF))
        {
            return null;
        }

        if (message.Questions.Count == 0)
        {
            // RFC 2136 §3.8: the reply to an update may come without its sections; its signature binds it to ours.
            return message.Opcode == Opcode.Update || (message.ResponseCode != ResponseCode.NoError && message.Answers.Count == 0) ? message : null;
        }

        var reader = new MessageReader(query) { Position = DnsMessage.HeaderLength };
        if (!reader.TryReadQuestion(out Question? question) || message.Questions.Count != 1 || message.Questions[0] != question)
        {
            return null;
        }

        Range asked = DnsMessage.HeaderLength..reader.Position;
        return !exactCase || (reply.Length >= reader.Position && reply[asked].SequenceEqual(query[asked])) ? message : null;
    }

    /// <summary>Each letter of the question's name becomes upper or lower case by chance, as many more bits to guess (draft-vixie-dnsext-dns0x20).</summary>
    private static void RandomizeCase(Span<byte> query)
    {
        int at = DnsMessage.HeaderLength;
        Span<byte> chance = stackalloc byte[64];
        while (query[at] is var length and not 0)
        {
            RandomNumberGenerator.Fill(chance);
            for (int i = 1; i <= length; i++)
            {
                query[at + i] ^= char.IsAsciiLetter((char)query[at + i]) ? (byte)(chance[i] & 0x20) : (byte)0;
            }

            at += 1 + length;
        }
    }

    private static ushort RandomId() => (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);

    private static Exchange.Failed TimedOut(IPEndPoint server, string by, TimeSpan timeout) =>
        new(DnsFailure.Timeout, $"{server} did not answer by {by} within {timeout.TotalSeconds:0.#} s");

    private static Exchange.Failed Unreachable(IPEndPoint server, string by, Exception fault) =>
        new(DnsFailure.Unreachable, $"{server} cannot be reached by {by}: {fault.Message}");
}
