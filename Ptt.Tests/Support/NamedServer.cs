using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;

namespace Ptt.Tests.Support;

/// <summary>BIND 9's named for one test: its own directory, port and zones; no recursion to anywhere.</summary>
internal sealed class NamedServer : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly string _directory;

    private NamedServer(Daemon daemon, string directory, IPEndPoint endPoint) => (_daemon, _directory, EndPoint) = (daemon, directory, endPoint);

    public IPEndPoint EndPoint { get; }

    public string Log => _daemon.Output;

    /// <summary>
    /// A primary for the zones, each changeable with each of the keys. <paramref name="zoneOptions"/> goes into every zone's block
    /// (<c>notify no;</c>), instead of the permission to update where it says <c>update-policy</c>; <paramref name="more"/> beside them.
    /// </summary>
    public static Task<NamedServer> StartPrimaryAsync(
        IReadOnlyDictionary<string, string[]> zones, IReadOnlyCollection<TsigKey> keys, string zoneOptions = "", string more = "")
    {
        return StartAsync((directory, config) =>
        {
            config.WriteLine(more);
            foreach (TsigKey key in keys)
            {
                config.WriteLine($"key \"{key.Name}\" {{ algorithm {key.Algorithm.WireName}; secret \"{key.ToSecretText().Split(':')[2]}\"; }};");
            }

            foreach ((string zone, string[] lines) in zones)
            {
                string file = Path.Combine(directory, zone + ".zone");
                File.WriteAllLines(file, ["$ORIGIN .", "$TTL 300", .. WithApex(zone, lines)]);
                string update = zoneOptions.Contains("update-policy", StringComparison.Ordinal) || keys.Count == 0
                    ? ""
                    : $"allow-update {{ {string.Concat(keys.Select(k => $"key \"{k.Name}\"; "))}}};";
                config.WriteLine($"zone \"{zone}\" {{ type primary; file \"{file}\"; {update} {zoneOptions} }};");
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Where the zone files lie.</summary>
    public string Directory => _directory;

    public Task PauseAsync(bool on) => _daemon.PauseAsync(on);

    /// <summary>Whether it answers; with a zone, whether it answers for that with authority.</summary>
    public static async Task<bool> AnswersAsync(IPEndPoint endPoint, string? zone = null)
    {
        Exchange exchange = await new DnsTransport(TimeProvider.System).TcpAsync(
            endPoint, new DnsMessage { Questions = [new Question(DomainName.Parse(zone ?? "."), RecordType.Soa)] }, TimeSpan.FromSeconds(5), CancellationToken.None);
        return exchange is Exchange.Answered answered && (zone is null || answered.Message is { IsAuthoritative: true, ResponseCode: ResponseCode.NoError });
    }

    private static IEnumerable<string> WithApex(string zone, string[] lines)
    {
        ResourceRecord[] records = [.. lines.Select(ResourceRecord.Parse)];
        DomainName name = DomainName.Parse(zone);
        if (!records.Any(r => r.Type == RecordType.Soa))
        {
            yield return $"{zone}. 300 IN SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 60";
        }

        if (!records.Any(r => r.Type == RecordType.NS && r.Name == name))
        {
            yield return $"{zone}. 300 IN NS ns.{zone}.";
            yield return $"ns.{zone}. 300 IN A 127.0.0.1";
        }

        foreach (ResourceRecord record in records)
        {
            yield return record.ToString();
        }
    }

    private static async Task<NamedServer> StartAsync(Action<string, TextWriter> write)
    {
        string named = Daemon.Find("named", "bind9");
        string directory = System.IO.Directory.CreateTempSubdirectory("ptt-named-").FullName;
        var endPoint = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        string file = Path.Combine(directory, "named.conf");
        await using (var config = new StreamWriter(file))
        {
            await config.WriteLineAsync(
                $$"""
                options {
                  directory "{{directory}}"; pid-file none; session-keyfile none; managed-keys-directory "{{directory}}";
                  listen-on port {{endPoint.Port}} { {{endPoint.Address}}; }; listen-on-v6 { none; };
                  recursion no; dnssec-validation no; notify explicit; allow-transfer { any; }; minimal-responses no;
                };
                controls { };
                """);
            write(directory, config);
        }

        // -g: foreground, everything to stderr.
        Daemon daemon = await Daemon.StartAsync(named, ["-g", "-c", file, "-n", "1", "-D", "ptt-test"], () => AnswersAsync(endPoint));
        return new NamedServer(daemon, directory, endPoint);
    }
}
