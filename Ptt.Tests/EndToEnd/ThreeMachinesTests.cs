using System.Net.Http.Headers;
using System.Security.Cryptography;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;
using Ptt.Web.Links;

namespace Ptt.Tests.EndToEnd;

/// <summary>The diagram of docs/deploy/three-machines.md as three processes, linked by certificates of an authority of our own.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ThreeMachinesTests
{
    private static readonly string[] Names = ["accept", "hand on", "sign", "spool", "deliver"];

    [Fact]
    public async Task Three_machines_carry_mail_and_a_relay_that_is_killed_loses_none_of_it()
    {
        using var authority = new TemporaryDirectory();
        using var submissionData = new TemporaryDirectory();
        using var signerData = new TemporaryDirectory();
        using var relayData = new TemporaryDirectory();
        Authority.Create(authority.Path, TimeProvider.System);
        InnerMachine.Link(authority.Path, submissionData.Path, [Role.Submission], "127.0.0.1").Dispose();
        InnerMachine.Link(authority.Path, signerData.Path, [Role.Signer], "127.0.0.1").Dispose();
        InnerMachine.Link(authority.Path, relayData.Path, [Role.Relay], "127.0.0.1").Dispose();
        using var rsa = RSA.Create(2048);
        string key = Path.Combine(signerData.Path, "bench.pem");
        await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());

        await using var sink = new MailSink();
        await using var collector = new OtlpCollector();
        int signerPort = Ports.Free();
        int relayPort = Ports.Free();
        await using PttProcess relay = await PttProcess.StartAsync("Production", relayData.Path,
        [
            "Ptt:Roles:0=Relay", .. Inner(Role.Relay, relayPort), $"Ptt:Relay:Routes:*=127.0.0.1:{sink.Port}", "Ptt:Relay:AllowPrivateAddresses=true", "Ptt:Relay:RetrySchedule:0=00:00:01", $"Ptt:Monitoring:Otlp:EndPoint={collector.EndPoint}",
        ]);
        await using PttProcess signer = await PttProcess.StartAsync("Production", signerData.Path,
        [
            "Ptt:Roles:0=Signer", .. Inner(Role.Signer, signerPort), $"Ptt:Signer:NextHop=127.0.0.1:{relayPort}", "Ptt:Signer:Domains:0=src.test",
            "Ptt:Keys:Domains:src.test:Selector=bench", $"Ptt:Keys:Domains:src.test:KeyFile={key}", $"Ptt:Monitoring:Otlp:EndPoint={collector.EndPoint}",
        ]);
        await using PttProcess submission = await PttProcess.StartAsync("Production", submissionData.Path,
            "Ptt:Roles:0=Submission", $"Ptt:Submission:NextHop=127.0.0.1:{signerPort}", "Ptt:Admin:ApiToken=three-machines-token",
            $"Ptt:Monitoring:Otlp:EndPoint={collector.EndPoint}");
        submission.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "three-machines-token");
        await Provision.UserAsync(submission.Http, "src.test", "ada@src.test", "three-Machines-1");

        Task<(int Code, string Output)> sending = Daemon.RunAsync("/usr/bin/python3", ["-c", InnerMachine.Sending(submission.TlsPort, 40)]);
        await sink.WaitForAsync([1, 2, 3], 180, () => submission.Output + signer.Output + relay.Output);
        await relay.KillAsync();
        await relay.StartAsync();
        (int code, string output) = await sending;
        Assert.True(code == 0, output + submission.Output);
        await sink.WaitForAsync([.. Enumerable.Range(1, 40)], 180, () => submission.Output + signer.Output + relay.Output);

        // At a stop each tells what it has left.
        await submission.StopAsync();
        await signer.StopAsync();
        await relay.StopAsync();
        IGrouping<string, OtlpCollector.Span>[] traces = [.. collector.Spans.GroupBy(s => s.Trace)];
        IGrouping<string, OtlpCollector.Span>[] whole = [.. traces.Where(t => Names.All(n => t.Any(s => s.Name == n)) && t.Count(s => s.Name == "accept") >= 3)];
        Assert.True(whole.Length >= 20, string.Join("\n", traces.Select(t => string.Join(' ', t.Select(s => s.Name)))));
        Assert.All(whole, t => Assert.Single(t, s => s.Parent.Length == 0));   // one beginning, the submission's; all others hang below it
        Assert.All(whole.SelectMany(t => t.Select(s => (Trace: t, Span: s))), p => Assert.True(p.Span.Parent.Length == 0 || p.Trace.Any(s => s.Id == p.Span.Parent)));
        Assert.Subset(collector.Resources.Keys.ToHashSet(), new HashSet<string> { "service.name=ptt", "ptt.roles=Submission", "ptt.roles=Signer", "ptt.roles=Relay" });
        Assert.Subset(collector.Metrics.Keys.ToHashSet(), new HashSet<string> { "ptt.queue.depth", "ptt.signing.signed", "ptt.smtp.logins" });
        Assert.False(Directory.Exists(Path.Combine(relayData.Path, "users.git")) || Directory.Exists(Path.Combine(signerData.Path, "users.git")));
    }

    private static string[] Inner(Role role, int port) => InnerMachine.Listeners(role, $"127.0.0.1:{port}", $"127.0.0.1:{Ports.Free()}");
}
