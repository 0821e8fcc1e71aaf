using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Ptt.Dns.Messages;

namespace Ptt.Tests.Support;

/// <summary>
/// A name server on loopback, or at another address, whose every reply is a test's own: the script gets the query's octets and gives the datagrams (or, over TCP, the messages) to send
/// back, none for silence.
/// </summary>
internal sealed class ScriptedNameServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<ScriptedQuery, IEnumerable<byte[]>> _script;
    private readonly TcpListener _tcp;
    private readonly UdpClient _udp;
    private readonly Task[] _loops;

    public ScriptedNameServer(Func<ScriptedQuery, IEnumerable<byte[]>> script, IPAddress? address = null)
    {
        _script = script;
        while (true)
        {
            _tcp = new TcpListener(address ?? IPAddress.Loopback, 0);
            _tcp.Start();
            try
            {
                _udp = new UdpClient((IPEndPoint)_tcp.LocalEndpoint);
                break;
            }
            catch (SocketException)
            {
                _tcp.Dispose();
            }
        }

        _loops = [Task.Run(UdpAsync), Task.Run(TcpAsync)];
    }

    public IPEndPoint EndPoint => (IPEndPoint)_tcp.LocalEndpoint;

    public ConcurrentQueue<ScriptedQuery> Queries { get; } = [];

    /// <summary>Answers every question from a table of records.</summary>
    public static ScriptedNameServer Of(params string[] lines) => Of(IPAddress.Loopback, lines);

    public static ScriptedNameServer Of(IPAddress address, params string[] lines)
    {
        ResourceRecord[] records = [.. lines.Select(ResourceRecord.Parse)];
        return new ScriptedNameServer(query => [query.Reply([.. records.Where(r => r.Name == query.Message.Questions[0].Name && r.Type == query.Message.Questions[0].Type)])], address);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _tcp.Dispose();
        _udp.Dispose();
        await Task.WhenAll(_loops);
        _stop.Dispose();
    }

    private async Task UdpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                UdpReceiveResult received = await _udp.ReceiveAsync(_stop.Token);
                foreach (byte[] reply in Run(received.Buffer, received.RemoteEndPoint, overTcp: false))
                {
                    await _udp.SendAsync(reply, received.RemoteEndPoint, _stop.Token);
                }
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task TcpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                NetworkStream stream = client.GetStream();
                byte[] length = new byte[2];
                await stream.ReadExactlyAsync(length, _stop.Token);
                byte[] query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, _stop.Token);
                foreach (byte[] reply in Run(query, (IPEndPoint)client.Client.RemoteEndPoint!, overTcp: true))
                {
                    BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)reply.Length);
                    await stream.WriteAsync((byte[])[.. length, .. reply], _stop.Token);
                }
            }
            catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private IEnumerable<byte[]> Run(byte[] octets, IPEndPoint from, bool overTcp)
    {
        if (!DnsMessage.TryDecode(octets, out DnsMessage? message))
        {
            return [];
        }

        var query = new ScriptedQuery(octets, message, from, overTcp);
        Queries.Enqueue(query);
        return _script(query);
    }
}

internal sealed record ScriptedQuery(byte[] Octets, DnsMessage Message, IPEndPoint From, bool OverTcp)
{
    /// <summary>The letters of the question as they came.</summary>
    public string QuestionText => string.Concat(Octets.Skip(13).TakeWhile(b => b != 0).Select(b => b < 64 ? '.' : (char)b));

    public byte[] Reply(params ResourceRecord[] answers) => Reply(new DnsMessage { Answers = answers });

    /// <summary>A reply to this query with its id and its question, letter for letter.</summary>
    public byte[] Reply(DnsMessage reply)
    {
        byte[] encoded = (reply with { Id = Message.Id, IsResponse = true, Opcode = Message.Opcode, Questions = Message.Questions }).Encode();
        int end = 12 + Octets.AsSpan(12).IndexOf((byte)0);
        Octets.AsSpan(12, end - 12).CopyTo(encoded.AsSpan(12));
        return encoded;
    }
}
