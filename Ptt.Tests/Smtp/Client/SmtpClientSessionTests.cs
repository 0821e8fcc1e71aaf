using Ptt.Smtp.Client;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

public sealed class SmtpClientSessionTests
{
    [Fact]
    public async Task Knows_what_the_server_offers()
    {
        await using var server = new ScriptedServer { Extensions = ["PIPELINING", "size 1000", "AUTH PLAIN scram-sha-256", "AUTH=LOGIN", "8bitmime"] };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);

        Assert.True(session.Peer is { Pipelining: true, EightBitMime: true, Size: 1000, Dsn: false, Chunking: false });
        Assert.Equal(["PLAIN", "SCRAM-SHA-256", "LOGIN"], session.Peer.Auth);
        Assert.Equal("EHLO client.test", server.Commands.First());
    }

    [Theory]
    [InlineData("500 5.5.1 What?")]
    [InlineData("502 Not here")]
    [InlineData("550 no")]
    public async Task Says_HELO_to_a_server_that_does_not_know_EHLO(string refusal)
    {
        await using var server = new ScriptedServer { On = c => c.StartsWith("EHLO", StringComparison.Ordinal) ? refusal : null };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);

        Assert.Equal(["EHLO client.test", "HELO client.test"], server.Commands);
        Assert.Equal(PeerExtensions.None, session.Peer);
    }

    [Theory]
    [InlineData("554 5.3.2 no service", SmtpPhase.Greeting, "554 5.3.2 no service")]
    [InlineData("421 busy", SmtpPhase.Greeting, "421 busy")]
    [InlineData("!close", SmtpPhase.Greeting, "451 4.4.2 *")]
    [InlineData("HTTP/1.1 400 Bad Request", SmtpPhase.Greeting, "451 4.5.0 *")]
    [InlineData("!raw 220-a\r\n221 b\r\n", SmtpPhase.Greeting, "451 4.5.0 *")]
    public async Task A_greeting_that_is_none_is_told_in_the_servers_words_or_ours(string greeting, SmtpPhase phase, string reply)
    {
        await using var server = new ScriptedServer { Greeting = greeting };
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server));

        Assert.Equal(phase, refused.Phase);
        Assert.Matches("^" + System.Text.RegularExpressions.Regex.Escape(reply).Replace(@"\*", ".*") + "$", refused.Reply.ToString());
    }

    [Theory]
    [InlineData(10_000_000, "")]                    // never a line end
    [InlineData(2_000_000, "220-x\r\n")]            // never a last line
    public async Task An_endless_banner_is_cut_off(int octets, string line)
    {
        string banner = line.Length == 0 ? new string('2', octets) : string.Concat(Enumerable.Repeat(line, octets / line.Length));
        await using var server = new ScriptedServer { Greeting = "!raw " + banner };
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server));
        Assert.Equal("4.5.0", refused.Reply.StatusText);
    }

    [Fact]
    public async Task Nobody_listening_is_said_so()
    {
        System.Net.IPEndPoint closed;
        await using (var server = new ScriptedServer())
        {
            closed = server.EndPoint;
        }

        SessionOpening opening = await SmtpClientSession.OpenAsync([new SessionTarget("mx.test", closed, TlsPolicy.Opportunistic)], "client.test",
            new Dialer(ClientHarness.Loopback, TimeProvider.System), new ClientTimeouts(), TimeProvider.System, default);
        var refused = Assert.IsType<SessionOpening.Refused>(opening);
        Assert.Equal((SmtpPhase.Connect, "4.4.1"), (refused.Phase, refused.Reply.StatusText));
        Assert.Contains("connection refused", refused.Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_address_is_not_dialled_unless_it_is_trusted()
    {
        await using var server = new ScriptedServer();
        async Task<SessionOpening> Open(bool trusted) => await SmtpClientSession.OpenAsync(
            [ClientHarness.Target(server) with { Trusted = trusted }], "client.test", new Dialer(new AddressPolicy(), TimeProvider.System),
            new ClientTimeouts(), TimeProvider.System, default);

        Assert.Equal("4.4.4", Assert.IsType<SessionOpening.Refused>(await Open(false)).Reply.StatusText);
        Assert.Equal(0, server.Connections);
        await Assert.IsType<SessionOpening.Opened>(await Open(true)).Session.DisposeAsync();
    }

    [Theory]
    [InlineData("(greeting)", SmtpPhase.Greeting, 5)]
    [InlineData("EHLO", SmtpPhase.Ehlo, 5)]
    [InlineData("MAIL", SmtpPhase.Mail, 5)]
    [InlineData("RCPT", SmtpPhase.Rcpt, 5)]
    [InlineData("DATA", SmtpPhase.Data, 2)]
    [InlineData(".", SmtpPhase.EndOfData, 10)]
    public async Task A_silent_server_is_given_up_when_the_time_of_its_phase_is_over(string silentAt, SmtpPhase phase, int minutes)
    {
        var time = new ManualTime();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer { Extensions = ["8BITMIME"] };
        server.On = c =>
        {
            bool here = c.StartsWith(silentAt, StringComparison.Ordinal);
            if (here)
            {
                reached.TrySetResult();
            }

            return here ? "!hang" : null;
        };

        Task<(SmtpPhase Phase, string? Status, string Text)> run = RunAsync();
        await reached.Task;
        TimeSpan waited = await AdvanceUntilDone(time, run);

        Assert.Equal((phase, "4.4.2"), ((await run).Phase, (await run).Status));
        Assert.Contains("Timed out", (await run).Text, StringComparison.Ordinal);
        Assert.InRange(waited, TimeSpan.FromMinutes(minutes - 1), TimeSpan.FromMinutes(minutes + 1));

        async Task<(SmtpPhase, string?, string)> RunAsync()
        {
            SessionOpening opening = await ClientHarness.OpenAsync(server, time: time);
            if (opening is SessionOpening.Refused refused)
            {
                return (refused.Phase, refused.Reply.StatusText, refused.Reply.Text);
            }

            await using SmtpClientSession session = ((SessionOpening.Opened)opening).Session;
            TransactionResult result = await session.SendAsync(Mails.Envelope("bob@one.test"));
            Assert.True(result.Lost);
            Assert.Equal(phase == SmtpPhase.EndOfData, result.PerhapsDelivered);
            return (result.Phase, result.Reply.StatusText, result.Reply.Text);
        }
    }

    /// <summary>The clock moves in steps while the client may still be on its way to the wait: what counts is how many it took.</summary>
    private static async Task<TimeSpan> AdvanceUntilDone(ManualTime time, Task run)
    {
        TimeSpan waited = TimeSpan.Zero;
        while (!run.IsCompleted)
        {
            await Task.WhenAny(run, Task.Delay(20));
            if (!run.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(30));
                waited += TimeSpan.FromSeconds(30);
            }
        }

        return waited;
    }
}
