using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>In production form, with BIND 9 as primary and resolver and Postfix's smtp-sink behind the MX of ten domains.</summary>
[Collection(EndToEndCollection.Name)]
public sealed partial class BindAndPostfixTests
{
    [Fact]
    public async Task Keys_are_published_by_update_and_mail_for_ten_domains_goes_to_their_MX()
    {
        await using NameServer dns = await NameServer.StartAsync();
        await using var sink = new SmtpSink(Ports.Free());
        await using PttProcess ptt = await StartAsync(dns, sink.Port);

        string[] recipients = [.. Enumerable.Range(0, 10).Select(n => $"user@d{n}.test")];
        await SubmitAsync(ptt, recipients);

        IReadOnlyList<string> messages = await sink.WaitAsync(10);
        Assert.True(messages.Count == 10, $"{messages.Count} of 10 arrived\n{ptt.Output}");
        Assert.Equal(recipients, messages.Select(m => Rcpt().Match(m).Groups[1].Value).Order());
        foreach (string selector in messages.SelectMany(m => Selector().Matches(m)).Select(m => m.Groups[1].Value).Distinct().ToArray())
        {
            Assert.Contains("v=DKIM1", await dns.DigAsync($"{selector}._domainkey.src.test", "TXT"), StringComparison.Ordinal);
        }

        Assert.All(messages, m => Assert.Equal(2, Selector().Matches(m).Count));
    }

    [Fact]
    public async Task While_DNS_is_down_mail_waits_and_nothing_is_returned()
    {
        await using NameServer dns = await NameServer.StartAsync();
        await using var sink = new SmtpSink(Ports.Free());
        await using PttProcess ptt = await StartAsync(dns, sink.Port, "Ptt:Relay:RetrySchedule:0=00:00:02");
        await SubmitAsync(ptt, ["first@d0.test"]);
        Assert.Single(await sink.WaitAsync(1));

        await dns.StopAsync();
        await SubmitAsync(ptt, ["user@d1.test"]);
        string waiting = await ptt.Http.GetStringAsync("/api/v1/queue");
        Assert.Contains("d1.test", waiting, StringComparison.Ordinal);
        Assert.Single(sink.Messages);   // nothing went anywhere, a bounce neither

        await dns.RunAsync();
        Assert.True((await sink.WaitAsync(2)).Count == 2, ptt.Output);
    }

    private static async Task<PttProcess> StartAsync(NameServer dns, int relayPort, params string[] more)
    {
        PttProcess ptt = await PttProcess.StartAsync("Production", null,
        [
            "Ptt:Hostname=mail.src.test", "Ptt:Admin:ApiToken=" + Token, $"Ptt:Dns:Resolvers:0={dns.EndPoint}", $"Ptt:Dns:AuthorityPort={dns.Port}", $"Ptt:Dns:Update:Server={dns.EndPoint}",
            "Ptt:Dns:Update:Key=" + dns.UpdateKey, $"Ptt:Relay:Port={relayPort}", "Ptt:Relay:AllowPrivateAddresses=true", .. more,
        ]);
        ptt.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        await Provision.UserAsync(ptt.Http, "src.test", "ada@src.test", Password);
        await Provision.KeysAsync(ptt.Http, "src.test");
        return ptt;
    }

    private const string Token = "ptt_end_to_end_0123456789abcdef0123456789abcdef";
    private const string Password = "correct horse battery staple 7";

    private static async Task SubmitAsync(PttProcess ptt, IReadOnlyList<string> recipients)
    {
        (int code, string output) = await Command.RunAsync("curl",
            ["--url", $"smtps://127.0.0.1:{ptt.TlsPort}", "-sS", "--insecure", "--user", $"ada@src.test:{Password}", "--mail-from", "ada@src.test",
                .. recipients.SelectMany(r => new[] { "--mail-rcpt", r }), "--upload-file", "-"],
            "From: Ada <ada@src.test>\r\nTo: many\r\nSubject: to ten domains\r\n\r\nHello\r\n");
        Assert.True(code == 0, $"curl: {output}\n{ptt.Output}");
    }

    [GeneratedRegex(@"X-Rcpt-Args: <([^>]+)>")]
    private static partial Regex Rcpt();

    [GeneratedRegex(@"^DKIM-Signature:.*?[;\s]s=([^;\s]+)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Selector();
}
