using System.Net;
using System.Net.Sockets;

namespace Ptt.Tests.EndToEnd;

/// <summary>A start that cannot succeed ends with one screen that says what to do, and an exit code; never with a stack trace.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class StartFaultTests
{
    [Fact]
    public async Task Five_faults_in_the_configuration_are_all_named_at_once()
    {
        (int code, string output) = await PttProcess.RunAsync("Production", null,
            ["Ptt:Hostnam=x", "Ptt:Roles:0=Realy", "Ptt:Relay:Port=many", "Ptt:Submission:NextHop=signer", "Ptt:Admin:ApiTokenFile=/nowhere/token"]);

        Assert.Equal(78, code);
        foreach (string key in new[] { "Ptt:Hostnam", "Ptt:Roles:0", "Ptt:Relay:Port", "Ptt:Submission:NextHop", "Ptt:Admin:ApiTokenFile" })
        {
            Assert.Contains($"  {key}\n      ", output, StringComparison.Ordinal);
        }

        Assert.Contains("5 faults", output, StringComparison.Ordinal);
        IsOneScreen(output);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        (int code, string output) = await PttProcess.RunAsync("Production", null, [$"Ptt:Http:EndPoint=127.0.0.1:{port}"]);

        Assert.Equal(1, code);
        Assert.Contains("a port is in use", output, StringComparison.Ordinal);
        Assert.Contains($":{port}", output, StringComparison.Ordinal);
        IsOneScreen(output);
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_named()
    {
        string file = Path.GetTempFileName();

        (int code, string output) = await PttProcess.RunAsync("Production", Path.Combine(file, "data"), []);

        Assert.Equal(1, code);
        Assert.Contains(file, output, StringComparison.Ordinal);
        Assert.Contains("Ptt:DataDirectory", output, StringComparison.Ordinal);
        IsOneScreen(output);
        File.Delete(file);
    }

    [Fact]
    public async Task The_sandbox_does_not_start_in_production()
    {
        (int code, string output) = await PttProcess.RunAsync("Production", null, ["Ptt:Sandbox:Enabled=true"]);

        Assert.Equal(78, code);
        Assert.Contains("Ptt:Sandbox:Enabled", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verb_that_is_none_is_refused_with_those_that_are()
    {
        (int code, string output) = await PttProcess.RunAsync("Production", null, [], verb: "chekc");

        Assert.Equal(2, code);
        Assert.Contains("check, healthcheck", output, StringComparison.Ordinal);
    }

    private static void IsOneScreen(string output)
    {
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", output, StringComparison.Ordinal);
        Assert.True(output.Split('\n').Length < 40, output);
    }
}
