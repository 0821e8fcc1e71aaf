using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>What is seen of a running Ptt from outside: the metrics as Prometheus' own tool reads them, and what is written about them.</summary>
[Collection(EndToEndCollection.Name)]
public sealed partial class MonitoringTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task The_metrics_are_read_by_promtool_and_each_of_them_is_documented()
    {
        (int sent, string swaks) = await Daemon.RunAsync("swaks",
            ["--server", $"127.0.0.1:{sandbox.Ptt.TlsPort}", "--tls-on-connect", "--auth", "PLAIN", "--auth-user", "ada@example.test", "--auth-password", "sandbox",
             "--from", "ada@example.test", "--to", "bob@example.com", "--suppress-data"]);
        Assert.True(sent == 0, swaks);
        await sandbox.Ptt.InboxAsync(1);
        string text = await sandbox.Ptt.Http.GetStringAsync("/metrics");

        (int code, string output) = await Daemon.RunAsync(Daemon.Find("promtool", "prometheus"), ["check", "metrics"], text);
        Assert.True(code is 0 or 3, output);                               // 3: it has read everything, and has opinions about names
        Assert.DoesNotMatch(OwnName(), output);                            // none about ours; those of the runtime are Microsoft's

        string[] families = [.. Family().Matches(text).Select(m => m.Groups[1].Value).Where(n => n.StartsWith("ptt_", StringComparison.Ordinal)).Distinct()];
        Assert.Contains("ptt_submission_accepted_total", families);
        string docs = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "monitoring.md"));
        string[] documented = [.. Mentioned().Matches(docs).Select(m => m.Value).Distinct()];
        Assert.Empty(families.Except(documented));
        Assert.Equal(["ptt_acme_orders_total"], documented.Except(families));   // there where an authority is asked, and not here
    }

    [Fact]
    public async Task The_alert_rules_and_the_dashboard_ask_for_metrics_that_there_are()
    {
        string text = await sandbox.Ptt.Http.GetStringAsync("/metrics");
        HashSet<string> families = [.. Family().Matches(text).Select(m => m.Groups[1].Value)];
        string folder = Path.Combine(Repository.Root, "deploy", "monitoring");
        string rules = Path.Combine(folder, "alerts.yaml");
        (int code, string output) = await Daemon.RunAsync(Daemon.Find("promtool", "prometheus"), ["check", "rules", rules]);
        Assert.True(code == 0, output);
        (code, output) = await Daemon.RunAsync(Daemon.Find("promtool", "prometheus"), ["test", "rules", Path.Combine(folder, "alerts-test.yaml")]);   // each fires when it should, and not before
        Assert.True(code == 0, output);
        string asked = await File.ReadAllTextAsync(rules);
        using JsonDocument dashboard = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "grafana.json")));
        JsonElement[] panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];
        Assert.True(panels.Length > 5);
        asked += string.Concat(panels.Where(p => p.TryGetProperty("targets", out _))
            .SelectMany(p => p.GetProperty("targets").EnumerateArray()).Select(t => " " + t.GetProperty("expr").GetString()));
        string[] metrics = [.. Mentioned().Matches(asked).Select(m => Suffix().Replace(m.Value, "")).Distinct()];
        Assert.True(metrics.Length > 5);
        Assert.Empty(metrics.Except(families));
    }

    [Fact]
    public async Task A_session_is_watched_from_the_command_line_without_its_secrets()
    {
        using Process trace = Command.Start("/usr/bin/env", [$"PTT_TOKEN={SandboxFixture.Token}", PttProcess.Program, "trace", "ada@example.test", "--url", $"http://127.0.0.1:{sandbox.Ptt.HttpPort}"]);
        try
        {
            // Sessions until one is seen: the watch begins when the request has arrived.
            Task<string> seen = SeenAsync(trace, "AUTH PLAIN");
            for (int i = 0; !seen.IsCompleted && i < 100; i++)
            {
                await Daemon.RunAsync("swaks", ["--server", $"127.0.0.1:{sandbox.Ptt.TlsPort}", "--tls-on-connect", "--auth", "PLAIN", "--auth-user", "ada@example.test",
                    "--auth-password", "sandbox", "--from", "ada@example.test", "--to", "bob@example.com", "--quit-after", "AUTH"]);
            }

            string lines = await seen.WaitAsync(TimeSpan.FromSeconds(120));
            Assert.Contains(" C: AUTH PLAIN ***", lines, StringComparison.Ordinal);
            Assert.DoesNotContain("AGFkYUBleGFtcGxlLnRlc3QAc2FuZGJveA==", lines, StringComparison.Ordinal);
        }
        finally
        {
            trace.Kill();
        }

        (int code, string output) = await Command.RunAsync(PttProcess.Program, ["trace", "ada@example.test", "--url", $"http://127.0.0.1:{sandbox.Ptt.HttpPort}"]);
        Assert.True(code == 1 && output.Contains("token", StringComparison.Ordinal), output);
    }

    private static async Task<string> SeenAsync(Process process, string wanted)
    {
        string all = "";
        while (!all.Contains(wanted, StringComparison.Ordinal) && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            all += line + "\n";
        }

        return all;
    }

    [Fact]
    public async Task Readiness_names_each_dependency()
    {
        JsonElement ready = await sandbox.Ptt.Http.GetFromJsonAsync<JsonElement>("/readyz");
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        string[] names = [.. ready.GetProperty("dependencies").EnumerateArray().Select(d => d.GetProperty("name").GetString()!)];
        foreach (string wanted in (string[])["process", "listener", "spool", "users", "keys"])
        {
            Assert.Contains(names, n => n.StartsWith(wanted, StringComparison.Ordinal));
        }
    }

    [GeneratedRegex("^# TYPE ([a-z0-9_]+) ", RegexOptions.Multiline)]
    private static partial Regex Family();

    [GeneratedRegex("ptt_[a-z0-9_]+")]
    private static partial Regex Mentioned();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("^ptt_", RegexOptions.Multiline)]
    private static partial Regex OwnName();
}
