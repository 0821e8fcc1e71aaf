using System.Security.Cryptography.X509Certificates;
using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

public sealed class SmtpHopTests
{
    private static readonly X509Certificate2 Authority = Certificates.Authority();

    private static SmtpHop Hop(SessionPool pool, ScriptedServer server, bool tls = true) =>
        new(new SmtpHopOptions("127.0.0.1", server.EndPoint.Port) { TrustAnchors = [Authority], CertificateName = "next.test", RequireTls = tls },
            pool, new SystemNames(TimeProvider.System));

    [Fact]
    public async Task The_reply_is_that_of_the_next_machine()
    {
        await using var server = new ScriptedServer { Certificate = Certificates.Server("next.test", Authority), On = c => c.StartsWith("BDAT", StringComparison.Ordinal) ? "250 2.0.0 Queued as 0123" : null };
        await using SessionPool pool = ClientHarness.Pool();
        SmtpHop hop = Hop(pool, server);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("250 2.0.0 Queued as 0123", (await hop.AcceptAsync(Mails.Envelope("a@one.test b@two.test"), Mails.Content(), default)).ToString());
        }

        Assert.All(server.Mails, m => Assert.True(m.Tls));
        Assert.Equal((3, 1), (server.Mails.Count, server.Connections));
    }

    [Theory]
    [InlineData("BDAT", "452 4.3.1 Disk full", 452)]
    [InlineData("BDAT", "550 5.7.1 No", 550)]
    [InlineData("RCPT TO:<b", "550 5.1.1 No", 550)]
    [InlineData("MAIL", "421 4.3.2 Going down", 451)]           // 421 would close the client's session too
    [InlineData("BDAT", "!close", 451)]
    public async Task A_refusal_is_passed_on_for_the_whole_message(string at, string answer, int code)
    {
        await using var server = new ScriptedServer { Certificate = Certificates.Server("next.test", Authority), On = c => c.StartsWith(at, StringComparison.Ordinal) ? answer : null };
        await using SessionPool pool = ClientHarness.Pool();
        Reply reply = await Hop(pool, server).AcceptAsync(Mails.Envelope("a@one.test b@two.test"), Mails.Content(), default);
        Assert.Equal(code, reply.Code);
    }

    [Fact]
    public async Task Without_the_right_certificate_nothing_is_sent_and_the_client_is_asked_to_come_back()
    {
        await using var server = new ScriptedServer { Certificate = Certificates.Server("next.test") };
        await using SessionPool pool = ClientHarness.Pool();
        Reply reply = await Hop(pool, server).AcceptAsync(Mails.Envelope("a@one.test"), Mails.Content(), default);
        Assert.True(reply.IsTransient);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_the_next_machine_closed_meanwhile_is_opened_anew()
    {
        var time = new ManualTime();
        await using var server = new ScriptedServer { Certificate = Certificates.Server("next.test", Authority) };
        await using SessionPool pool = ClientHarness.Pool(time);
        SmtpHop hop = Hop(pool, server);
        await hop.AcceptAsync(Mails.Envelope("a@one.test"), Mails.Content(), default);
        server.On = c => c.StartsWith("MAIL", StringComparison.Ordinal) && server.Connections == 1 ? "!close" : null;
        Assert.True((await hop.AcceptAsync(Mails.Envelope("a@one.test"), Mails.Content(), default)).IsPositive);
        Assert.Equal(2, server.Connections);
    }
}
