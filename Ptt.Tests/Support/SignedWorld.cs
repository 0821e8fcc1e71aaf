using System.Net;
using Ptt.Dns;

namespace Ptt.Tests.Support;

/// <summary>
/// A small signed world in two named: an authoritative one with <c>test</c> and below it a good, a bogus (its DS is of another key) and an unsigned zone, and a
/// resolver that validates from a trust anchor for <c>test</c> and asks nobody else.
/// </summary>
internal sealed class SignedWorld : IAsyncDisposable
{
    private readonly string _directory;
    private readonly List<Daemon> _daemons = [];

    private SignedWorld(string directory) => _directory = directory;

    public IPEndPoint Resolver { get; } = new(IPAddress.Loopback, Ports.Free());

    public string Log => string.Concat(_daemons.Select(d => d.Output));

    public static async Task<SignedWorld> StartAsync()
    {
        var world = new SignedWorld(Directory.CreateTempSubdirectory("ptt-dnssec-").FullName);
        string good = await world.SignAsync("good.test", "");
        string bogus = await world.SignAsync("bogus.test", "");
        await File.WriteAllTextAsync(world.PathOf("plain.test.zone"), Zone("plain.test", ""));
        string other = await world.NewKeyAsync("bogus.test");
        string wrong = await RunAsync("dnssec-dsfromkey", other + ".key");
        string ds = await File.ReadAllTextAsync(world.PathOf("dsset-good.test."));
        string delegations = string.Concat(new[] { "good", "bogus", "plain" }.Select(c => $"{c}.test. NS ns.{c}.test.\nns.{c}.test. A 127.0.0.1\n"));
        string parent = await world.SignAsync("test", delegations + ds + wrong);
        _ = (good, bogus);

        var authority = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        await world.StartAsync(
            "authority", authority, "recursion no; dnssec-validation no;",
            string.Concat(new[] { "test", "good.test", "bogus.test", "plain.test" }
                .Select(z => $"zone \"{z}\" {{ type primary; file \"{world.PathOf(z + (z == "plain.test" ? ".zone" : ".signed"))}\"; }};\n")));
        string anchor = (await File.ReadAllLinesAsync(parent + ".key")).Single(l => !l.StartsWith(';')).Split("DNSKEY ")[1];
        string[] parts = anchor.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await world.StartAsync(
            "resolver", world.Resolver,
            $"recursion yes; dnssec-validation yes; forward only; forwarders {{ 127.0.0.1 port {authority.Port}; }}; empty-zones-enable no; qname-minimization off;",
            $"trust-anchors {{ test. static-key {parts[0]} {parts[1]} {parts[2]} \"{string.Concat(parts[3..])}\"; }};\n");
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Daemon daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static string Zone(string zone, string lines) =>
        $"$TTL 300\n{zone}. SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 60\n{zone}. NS ns.{zone}.\nns.{zone}. A 127.0.0.1\n{zone}. MX 10 mx.{zone}.\nmx.{zone}. A 127.0.0.1\n{lines}";

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (int code, string output) = await Daemon.RunAsync(Daemon.Find(program, "bind9-utils"), arguments);
        Assert.True(code == 0, $"{program}: {output}");
        return output;
    }

    private string PathOf(string file) => Path.Combine(_directory, file);

    private async Task<string> NewKeyAsync(string zone) =>
        PathOf((await RunAsync("dnssec-keygen", "-q", "-K", _directory, "-a", "ECDSAP256SHA256", "-f", "KSK", zone)).Split('\n').First(l => l.StartsWith('K')).Trim());

    /// <summary>Returns the key's file without its ending.</summary>
    private async Task<string> SignAsync(string zone, string lines)
    {
        string key = await NewKeyAsync(zone);
        await File.WriteAllTextAsync(PathOf(zone + ".zone"), Zone(zone, lines) + await File.ReadAllTextAsync(key + ".key"));
        await RunAsync("dnssec-signzone", "-q", "-z", "-K", _directory, "-d", _directory, "-o", zone, "-f", PathOf(zone + ".signed"), PathOf(zone + ".zone"), key);
        return key;
    }

    private async Task StartAsync(string name, IPEndPoint endPoint, string options, string more)
    {
        string directory = Directory.CreateDirectory(PathOf(name)).FullName;
        string file = Path.Combine(directory, "named.conf");
        await File.WriteAllTextAsync(
            file,
            $$"""
            options { directory "{{directory}}"; pid-file none; session-keyfile none; managed-keys-directory "{{directory}}"; listen-on port {{endPoint.Port}} { 127.0.0.1; }; listen-on-v6 { none; }; {{options}} };
            controls { };
            {{more}}
            """);
        _daemons.Add(await Daemon.StartAsync(Daemon.Find("named", "bind9"), ["-g", "-c", file, "-n", "1", "-D", "ptt-test"], () => NamedServer.AnswersAsync(endPoint)));
    }
}
