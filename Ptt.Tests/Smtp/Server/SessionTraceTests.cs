using System.Net;
using System.Text;
using Ptt.Smtp.Server;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Server;

public sealed class SessionTraceTests
{
    [Theory]
    [InlineData("192.0.2.7", true)]
    [InlineData("ada@example.test", true)]
    [InlineData("*", true)]
    [InlineData("192.0.2.8", false)]
    [InlineData("bob@example.test", false)]
    public async Task Who_watches_an_address_or_a_login_hears_its_sessions_without_secrets(string of, bool heard)
    {
        await using var bench = new SmtpBench();
        using TraceWatch watch = bench.Traces.Watch(of)!;
        bench.Start();
        await SayAsync(bench, "EHLO x\r\nSTARTTLS\r\n", "220 2.0.0");
        await bench.HandshakeAsync();
        await SayAsync(bench, "EHLO x\r\nAUTH PLAIN AGFkYUBleGFtcGxlLnRlc3QAd3Jvbmc=\r\nAUTH LOGIN\r\nYWRhQGV4YW1wbGUudGVzdA==\r\ncGVuY2ls\r\nNOOP\r\nQUIT\r\n", "221");
        await bench.Session;

        var lines = new List<TraceLine>();
        while (watch.Reader.TryRead(out TraceLine? line))
        {
            lines.Add(line);
        }

        string text = string.Join('\n', lines.Select(l => (l.FromClient ? "C: " : "S: ") + l.Text));
        Assert.Equal(heard, text.Contains("C: AUTH PLAIN ***", StringComparison.Ordinal));
        Assert.Equal(heard, text.Contains("C: NOOP", StringComparison.Ordinal));
        Assert.Equal(heard ? 1 : 0, lines.Count(l => l.Text == "STARTTLS"));
        foreach (string secret in new[] { "AGFk", "cGVuY2ls", "pencil", "YWRh" })
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_listener_who_does_not_listen_holds_nothing_up()
    {
        var hub = new SessionTraceHub();
        using TraceWatch watch = hub.Watch("*")!;
        for (int i = 0; i < 10_000; i++)
        {
            hub.Add(new TraceLine(default, "s", IPAddress.Loopback, null, true, i.ToString()));
        }

        Assert.InRange(watch.Reader.Count, 1, 2_000);
        Assert.True(watch.Reader.TryRead(out TraceLine? oldest));
        Assert.Equal((10_000 - 2_000).ToString(), oldest.Text);
    }

    [Fact]
    public void Only_so_many_may_listen_at_once()
    {
        var hub = new SessionTraceHub();
        TraceWatch?[] watches = [.. Enumerable.Range(0, 17).Select(_ => hub.Watch("*"))];
        Assert.Null(watches[16]);
        watches[0]!.Dispose();
        Assert.NotNull(hub.Watch("*"));
    }

    private static async Task SayAsync(SmtpBench bench, string lines, string until)
    {
        await bench.SendAsync(Encoding.ASCII.GetBytes(lines));
        while (await bench.LineAsync() is { } line && !line.StartsWith(until, StringComparison.Ordinal))
        {
        }
    }
}
