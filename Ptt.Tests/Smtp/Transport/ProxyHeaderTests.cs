using System.Buffers;
using System.Net;
using System.Text;
using Ptt.Smtp.Transport;

namespace Ptt.Tests.Smtp.Transport;

public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324 465\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 1 465\r\n", "[2001:db8::1]:1")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", null)]
    public void Reads_version_1(string line, string? client)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(line + "EHLO"));
        Assert.Equal(ProxyParse.Complete, ProxyHeader.TryRead(ref buffer, out IPEndPoint? read));
        Assert.Equal(client, read?.ToString());
        Assert.Equal(4, buffer.Length);
    }

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n")]
    [InlineData("PROXY TCP4 1.2.3 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PLEASE\r\n")]
    [InlineData("EHLO x\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2                                                                                       \r\n")]
    public void Refuses_what_is_none(string line)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(line));
        Assert.Equal(ProxyParse.Malformed, ProxyHeader.TryRead(ref buffer, out _));
    }

    [Fact]
    public void Reads_version_2_and_skips_what_else_it_says()
    {
        byte[] v4 = [.. Signature, 0x21, 0x11, 0, 15, 192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x34, 1, 209, 1, 2, 3, (byte)'E'];
        byte[] v6 = [.. Signature, 0x21, 0x21, 0, 36, .. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. new byte[16], 0, 25, 0, 26];
        byte[] local = [.. Signature, 0x20, 0x00, 0, 0];
        Assert.Equal(("192.0.2.1:4660", 1L), Read(v4));
        Assert.Equal(("[2001:db8::1]:25", 0L), Read(v6));
        Assert.Equal((null, 0L), Read(local));
    }

    [Fact]
    public void However_it_is_cut_or_bent_it_never_throws_and_waits_for_the_rest()
    {
        const int seed = 2109;
        var random = new Random(seed);
        byte[][] headers = ["PROXY TCP4 192.0.2.1 192.0.2.2 56324 465\r\n"u8.ToArray(), [.. Signature, 0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x34, 1, 209]];
        foreach (byte[] header in headers)
        {
            for (int length = 0; length < header.Length; length++)
            {
                var cut = new ReadOnlySequence<byte>(header.AsMemory(0, length));
                Assert.Equal(ProxyParse.Incomplete, ProxyHeader.TryRead(ref cut, out _));
            }

            for (int i = 0; i < 5_000; i++)
            {
                byte[] bent = [.. header];
                bent[random.Next(bent.Length)] = (byte)random.Next(256);
                var buffer = new ReadOnlySequence<byte>(bent);
                ProxyHeader.TryRead(ref buffer, out _);
            }
        }
    }

    private static (string? Client, long Left) Read(byte[] header)
    {
        var buffer = new ReadOnlySequence<byte>(header);
        Assert.Equal(ProxyParse.Complete, ProxyHeader.TryRead(ref buffer, out IPEndPoint? client));
        return (client?.ToString(), buffer.Length);
    }
}
