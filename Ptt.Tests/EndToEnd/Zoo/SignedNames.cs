using System.Net;
using System.Text.RegularExpressions;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd.Zoo;

/// <summary>
/// Two BINDs on loopback: one has the zone <c>zoo.test</c>, signed by dnssec-signzone, and <c>plain.test</c>, unsigned; the other resolves and validates with
/// the first one's key as trust anchor. What a record says may be falsified after it was signed.
/// </summary>
internal sealed partial class SignedNames : IAsyncDisposable
{
    private readonly string _directory;
    private readonly Daemon _primary;
    private readonly Daemon _resolving;

    private SignedNames(string directory, Daemon primary, Daemon resolving, Resolver resolver) =>
        (_directory, _primary, _resolving, Resolver) = (directory, primary, resolving, resolver);

    /// <summary>Ours, asking the validating one.</summary>
    public Resolver Resolver { get; }

    /// <summary><paramref name="falsified"/>: (owner and type as in the zone file, what stands in the record, what it says instead).</summary>
    public static async Task<SignedNames> StartAsync(
        IReadOnlyList<string> signed, IReadOnlyList<string> plain, IReadOnlyList<(string Owner, string Said, string Says)> falsified)
    {
        string directory = Directory.CreateTempSubdirectory("ptt-zoo-dns-").FullName;
        string named = Daemon.Find("named", "bind9");
        string anchor = await SignAsync(directory, signed, falsified);
        await File.WriteAllLinesAsync(Path.Combine(directory, "plain.test"), ["$ORIGIN plain.test.", .. Apex, .. plain]);

        int primaryPort = Ports.Free(), resolverPort = Ports.Free();
        Daemon primary = await StartAsync(named, directory, "primary", primaryPort,
            $$"""
            recursion no; dnssec-validation no; };
            zone "zoo.test" { type primary; file "{{directory}}/zoo.test.signed"; };
            zone "plain.test" { type primary; file "{{directory}}/plain.test"; };
            """);
        string forward = $$"""type forward; forward only; forwarders { 127.0.0.1 port {{primaryPort}}; };""";
        Daemon resolving = await StartAsync(named, directory, "resolver", resolverPort,
            $$"""
            recursion yes; dnssec-validation yes; empty-zones-enable no; servfail-ttl 0; };
            trust-anchors { zoo.test. static-key {{anchor}}; };
            zone "zoo.test" { {{forward}} };
            zone "plain.test" { {{forward}} };
            """);
        return new SignedNames(directory, primary, resolving, new Resolver(
            new ResolverOptions { Servers = [new IPEndPoint(IPAddress.Loopback, resolverPort)], Timeout = TimeSpan.FromSeconds(10) }, TimeProvider.System));
    }

    public async ValueTask DisposeAsync()
    {
        await _resolving.DisposeAsync();
        await _primary.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static string[] Apex => ["$TTL 60", "@ SOA ns root 1 3600 600 86400 5", "@ NS ns", "ns A 127.0.0.1"];

    /// <summary>The zone's key, in the words of a trust anchor.</summary>
    private static async Task<string> SignAsync(string directory, IReadOnlyList<string> lines, IReadOnlyList<(string Owner, string Said, string Says)> falsified)
    {
        string keygen = Daemon.Find("dnssec-keygen", "bind9-utils"), signzone = Daemon.Find("dnssec-signzone", "bind9-utils"), zone = Path.Combine(directory, "zoo.test");
        await File.WriteAllLinesAsync(zone, ["$ORIGIN zoo.test.", .. Apex, .. lines]);
        await RunAsync(keygen, "-q", "-K", directory, "-a", "ECDSAP256SHA256", "-f", "KSK", "zoo.test");
        await RunAsync(keygen, "-q", "-K", directory, "-a", "ECDSAP256SHA256", "zoo.test");
        await RunAsync(signzone, "-q", "-S", "-O", "full", "-K", directory, "-d", directory, "-o", "zoo.test", "-f", zone + ".signed", zone);

        string[] records = await File.ReadAllLinesAsync(zone + ".signed");
        foreach ((string owner, string said, string says) in falsified)
        {
            int at = Array.FindIndex(records, r => WhiteSpace().Replace(r, " ") is var flat && flat.StartsWith(owner.Split(' ')[0] + ".zoo.test. ", StringComparison.Ordinal)
                && flat.Contains($" IN {owner.Split(' ')[1]} ", StringComparison.Ordinal));
            Assert.True(at >= 0 && records[at].Contains(said, StringComparison.Ordinal), $"{owner} is not in the signed zone as expected");
            records[at] = records[at].Replace(said, says, StringComparison.Ordinal);
        }

        await File.WriteAllLinesAsync(zone + ".signed", records);
        string key = Directory.GetFiles(directory, "Kzoo.test.*.key").Select(File.ReadAllText).Single(k => k.Contains("DNSKEY 257", StringComparison.Ordinal));
        string[] words = WhiteSpace().Split(key.Split('\n').Single(l => l.Contains("DNSKEY 257", StringComparison.Ordinal)).Trim());
        int first = Array.IndexOf(words, "257");
        return $"{words[first]} {words[first + 1]} {words[first + 2]} \"{string.Concat(words[(first + 3)..])}\"";
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        (int code, string output) = await Daemon.RunAsync(program, arguments);
        Assert.True(code == 0, $"{program}: {output}");
    }

    private static async Task<Daemon> StartAsync(string named, string directory, string name, int port, string options)
    {
        string home = Directory.CreateDirectory(Path.Combine(directory, name)).FullName, file = Path.Combine(home, "named.conf");
        await File.WriteAllTextAsync(file,
            $$"""
            options { directory "{{home}}"; pid-file none; session-keyfile none; managed-keys-directory "{{home}}"; minimal-responses no;
              listen-on port {{port}} { 127.0.0.1; }; listen-on-v6 { none; }; notify no; {{options}}
            controls { };
            """);
        return await Daemon.StartAsync(named, ["-4", "-g", "-c", file, "-n", "1", "-D", "ptt-zoo"], () => NamedServer.AnswersAsync(new IPEndPoint(IPAddress.Loopback, port)));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
