using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Smtp.Relay.Security;
using Ptt.Tests.EndToEnd;
using Ptt.Tests.Support;
using Ptt.Web.Outbound;
using Ptt.Web.Outbound.TlsReports;

namespace Ptt.Tests.Web.Outbound;

/// <summary>RFC 8460: what is counted, and the report that is made of it.</summary>
public sealed class TlsReportsTests
{
    private static readonly X509Certificate2 Authority = Certificates.Authority();

    private readonly ManualTime _time = new();
    private readonly StaticResolver _dns = new("reports.test MX 10 mx.reports.test", "mx.reports.test A 127.0.0.1", "web.reports.test A 127.0.0.1");

    private static TlsSession Session(TlsResult result, string type = "sts", string? reason = null) =>
        new("one.test", new AppliedPolicy(type, "one.test", type == "sts" ? ["version: STSv1", "mode: enforce"] : [], type == "sts" ? ["*.one.test"] : []), "mx.one.test", result)
        {
            Sending = IPAddress.Parse("192.0.2.1"), Receiving = IPAddress.Parse("192.0.2.25"), Reason = reason,
        };

    [Fact]
    public async Task Yesterday_s_sessions_are_reported_by_mail_once_across_restarts_and_a_stranger_s_parser_reads_them()
    {
        await using var server = new ScriptedServer();
        using var directory = new TemporaryDirectory();
        _dns.Add("_smtp._tls.one.test TXT \"v=TLSRPTv1; rua=mailto:tls@reports.test\"");
        DateOnly day = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);
        await using (ApiHost host = await OutboundHost.StartAsync(_dns, server.EndPoint.Port, directory.Path, _time))
        {
            var book = host.Services.GetRequiredService<TlsReportBook>();
            book.Note(Session(TlsResult.Success));
            book.Note(Session(TlsResult.Success));
            book.Note(Session(TlsResult.CertificateExpired, reason: "the certificate has expired"));
            book.Note(Session(TlsResult.Success, "no-policy-found"));
            var sender = host.Services.GetRequiredService<TlsReportSender>();
            await sender.SendDueAsync(default);
            Assert.Equal(0, server.Connections);                                        // the day is not over
            book.Write();
        }

        _time.Advance(TimeSpan.FromHours(30));
        await using (ApiHost host = await OutboundHost.StartAsync(_dns, server.EndPoint.Port, directory.Path, _time))
        {
            var sender = host.Services.GetRequiredService<TlsReportSender>();
            await sender.SendDueAsync(default);
            await sender.SendDueAsync(default);
            await ArrivedAsync(server);
            JsonElement line = JsonDocument.Parse(await host.Client().GetStringAsync("/api/v1/tls-reports?domain=one")).RootElement.GetProperty("items")[0];
            Assert.Equal((3, 1, "one.test"), (line.GetProperty("successful").GetInt32(), line.GetProperty("failed").GetInt32(), line.GetProperty("domain").GetString()));
            Assert.Contains("queued mailto:tls@reports.test", line.GetProperty("report").GetString(), StringComparison.Ordinal);
            string found = await host.Client().GetStringAsync($"/api/v1/tls-reports/{day:yyyy-MM-dd}/one.test");
            Assert.Contains("certificate-expired", found, StringComparison.Ordinal);
        }

        await using (ApiHost host = await OutboundHost.StartAsync(_dns, server.EndPoint.Port, directory.Path, _time))
        {
            await host.Services.GetRequiredService<TlsReportSender>().SendDueAsync(default);
            Assert.Empty(host.Services.GetRequiredService<TlsReportBook>().Unreported(day.AddDays(1)));
        }

        ScriptedServer.ReceivedMail mail = Assert.Single(server.Mails);
        Assert.StartsWith("MAIL FROM:<> ", mail.MailFrom, StringComparison.Ordinal);
        Assert.StartsWith("RCPT TO:<tls@reports.test>", mail.RcptTo.Single(), StringComparison.Ordinal);
        (int code, string read) = await Command.RunAsync("/usr/bin/python3", ["-c", """
            import sys, email, email.policy, gzip, json
            m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
            assert not m.defects, m.defects
            text, report = m.iter_parts()
            j = json.loads(gzip.decompress(report.get_content()))
            print(json.dumps({'type': m.get_content_type(), 'report-type': m.get_param('report-type'), 'part': report.get_content_type(), 'file': report.get_filename(),
              'domain': m['TLS-Report-Domain'], 'submitter': m['TLS-Report-Submitter'], 'required': m['TLS-Required'], 'signed': m['DKIM-Signature'], 'from': m['From'].addresses[0].addr_spec,
              'subject': m['Subject'], 'report': j}))
            """], mail.Text);
        Assert.True(code == 0, read);
        JsonElement m = JsonDocument.Parse(read).RootElement;
        string Text(string name) => m.GetProperty(name).GetString()!;
        long begin = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.Equal(("multipart/report", "tlsrpt", "application/tlsrpt+gzip"), (Text("type"), Text("report-type"), Text("part")));
        Assert.Equal($"example.test!one.test!{begin}!{begin + 86399}.json.gz", Text("file"));
        Assert.Equal(("one.test", "example.test", "No", "stamped", "tls-reports@example.test"), (Text("domain"), Text("submitter"), Text("required"), Text("signed"), Text("from")));
        JsonElement report = m.GetProperty("report");
        Assert.Equal($"Report Domain: one.test Submitter: example.test Report-ID: <{report.GetProperty("report-id").GetString()}>", Text("subject"));
        Assert.Equal(($"{day:yyyy-MM-dd}T00:00:00Z", $"{day:yyyy-MM-dd}T23:59:59Z"),
            (report.GetProperty("date-range").GetProperty("start-datetime").GetString(), report.GetProperty("date-range").GetProperty("end-datetime").GetString()));
        Assert.Equal("tls-reports@example.test", report.GetProperty("contact-info").GetString());
        JsonElement sts = report.GetProperty("policies").EnumerateArray().Single(p => p.GetProperty("policy").GetProperty("policy-type").GetString() == "sts");
        Assert.Equal((2, 1), (sts.GetProperty("summary").GetProperty("total-successful-session-count").GetInt32(), sts.GetProperty("summary").GetProperty("total-failure-session-count").GetInt32()));
        Assert.Equal(("one.test", "version: STSv1", "*.one.test"), (sts.GetProperty("policy").GetProperty("policy-domain").GetString(),
            sts.GetProperty("policy").GetProperty("policy-string")[0].GetString(), sts.GetProperty("policy").GetProperty("mx-host")[0].GetString()));
        Assert.Equal("""{"result-type":"certificate-expired","sending-mta-ip":"192.0.2.1","receiving-mx-hostname":"mx.one.test","receiving-ip":"192.0.2.25","failed-session-count":1,"failure-reason-code":"the certificate has expired"}""",
            sts.GetProperty("failure-details")[0].GetRawText().Replace(": ", ":", StringComparison.Ordinal).Replace(", ", ",", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_HTTPS_address_gets_it_by_POST_and_is_asked_again_when_it_has_trouble()
    {
        var posted = new ConcurrentQueue<(string Type, byte[] Body)>();
        await using HttpsServer web = await HttpsServer.StartAsync(name => Certificates.Server(name, Authority), async http =>
        {
            var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            posted.Enqueue((http.Request.ContentType!, body.ToArray()));
            http.Response.StatusCode = posted.Count == 1 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status201Created;
        });
        _dns.Add($"_smtp._tls.one.test TXT \"v=TLSRPTv1; rua=https://web.reports.test:{web.Port}/v1\"");
        await using ApiHost host = await OutboundHost.StartAsync(_dns, time: _time, authority: Authority);
        host.Services.GetRequiredService<TlsReportBook>().Note(Session(TlsResult.StartTlsNotSupported, "no-policy-found"));
        _time.Advance(TimeSpan.FromHours(30));
        var sender = host.Services.GetRequiredService<TlsReportSender>();
        await sender.SendDueAsync(default);
        await sender.SendDueAsync(default);
        await sender.SendDueAsync(default);

        Assert.Equal(2, posted.Count);
        Assert.All(posted, p => Assert.Equal("application/tlsrpt+gzip", p.Type));
        using var unpacked = new System.IO.Compression.GZipStream(new MemoryStream(posted.Last().Body), System.IO.Compression.CompressionMode.Decompress);
        JsonElement report = (await JsonDocument.ParseAsync(unpacked)).RootElement;
        Assert.Equal("starttls-not-supported", report.GetProperty("policies")[0].GetProperty("failure-details")[0].GetProperty("result-type").GetString());
    }

    [Theory]
    [InlineData("v=TLSRPTv1; rua=mailto:a@one.test", "mailto:a@one.test")]
    [InlineData("v=TLSRPTv1;rua=mailto:a@one.test,https://web.one.test/v1;", "mailto:a@one.test https://web.one.test/v1")]
    [InlineData("v=TLSRPTv1; rua=http://web.one.test", "")]
    [InlineData("v=TLSRPTv1; rua=mailto:nobody", "")]
    [InlineData("v=TLSRPTv1; rua=mailto:a@one.test|v=TLSRPTv1; rua=mailto:b@one.test", "")]       // §3: several are none
    [InlineData("v=spf1 -all|v=TLSRPTv1; rua=mailto:a@one.test", "mailto:a@one.test")]
    [InlineData("v=TLSRPTv2; rua=mailto:a@one.test", "")]
    public void The_record_says_where_reports_go(string records, string expected) =>
        Assert.Equal(expected, string.Join(' ', TlsReportRecord.Read(records.Split('|')).Select(u => u.OriginalString)));

    [Fact]
    public async Task A_domain_that_asks_for_none_gets_none_and_DNS_trouble_is_waited_out()
    {
        await using ApiHost host = await OutboundHost.StartAsync(_dns, time: _time);
        var book = host.Services.GetRequiredService<TlsReportBook>();
        book.Note(Session(TlsResult.Success));
        DateOnly tomorrow = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime).AddDays(1);
        _dns.Fail("_smtp._tls.one.test");                               // before the clock moves: the worker of the host looks too
        _time.Advance(TimeSpan.FromHours(30));
        await host.Services.GetRequiredService<TlsReportSender>().SendDueAsync(default);
        Assert.Single(book.Unreported(tomorrow));
        _dns.Mend("_smtp._tls.one.test");
        await host.Services.GetRequiredService<TlsReportSender>().SendDueAsync(default);
        Assert.Empty(book.Unreported(tomorrow));
        Assert.Equal("not wanted", Assert.Single(book.List(null, null, 10)).Report);
    }

    [Fact]
    public async Task Who_asks_while_somebody_else_writes_waits_for_what_that_took_out_of_memory()
    {
        await using ApiHost host = await OutboundHost.StartAsync(_dns, time: _time);
        var book = host.Services.GetRequiredService<TlsReportBook>();
        using var taken = new ManualResetEventSlim();
        using var busy = new ManualResetEventSlim();
        Task disk = Task.Run(() => host.Services.GetRequiredService<OutboundStore>().Read(_ =>
        {
            taken.Set();
            return busy.Wait(TimeSpan.FromSeconds(60));
        }));
        taken.Wait(TimeSpan.FromSeconds(60));
        book.Note(Session(TlsResult.Success));
        Task first = Task.Run(book.Write), second = Task.Run(book.Write);
        await Task.Delay(300);                                          // one of them holds the count in its hand and waits for the disk
        Assert.False(first.IsCompleted || second.IsCompleted);
        busy.Set();
        await Task.WhenAll(disk, first, second);
        Assert.Equal(1, Assert.Single(book.List(null, null, 10)).Successful);
    }

    [Fact]
    public async Task Policies_of_MTA_STS_outlive_a_restart()
    {
        using var directory = new TemporaryDirectory();
        await using (ApiHost host = await OutboundHost.StartAsync(_dns, directory: directory.Path, time: _time))
        {
            host.Services.GetRequiredService<IStsStore>().Save(new KeptSts("one.test", "1", "version: STSv1\nmode: enforce\nmx: mx.one.test\nmax_age: 86400\n", _time.GetUtcNow()));
        }

        _time.Advance(TimeSpan.FromHours(23));
        await using (ApiHost host = await OutboundHost.StartAsync(_dns, directory: directory.Path, time: _time))
        {
            StsAnswer kept = await host.Services.GetRequiredService<StsPolicies>().ForAsync(Ptt.Dns.DomainName.Parse("one.test"), default);
            Assert.Equal(StsMode.Enforce, kept.Policy!.Mode);
            _time.Advance(TimeSpan.FromHours(2));
            Assert.Null((await host.Services.GetRequiredService<StsPolicies>().ForAsync(Ptt.Dns.DomainName.Parse("one.test"), default)).Policy);
        }
    }

    private static async Task ArrivedAsync(ScriptedServer server)
    {
        for (int i = 0; i < 6000 && server.Mails.IsEmpty; i++)
        {
            await Task.Delay(20);
        }

        Assert.NotEmpty(server.Mails);
    }
}
