using System.Net;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;

namespace Ptt.Tests.Support;

/// <summary>Knot DNS for one test. Unlike named it takes any address of 127.0.0.0/8, so it also plays the second server of a zone.</summary>
internal sealed class KnotServer : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly string _directory;

    private KnotServer(Daemon daemon, string directory, IPEndPoint endPoint) => (_daemon, _directory, EndPoint) = (daemon, directory, endPoint);

    public IPEndPoint EndPoint { get; }

    public string Log => _daemon.Output;

    /// <summary>A primary for one zone that takes updates with one key.</summary>
    public static Task<KnotServer> StartAsync(string zone, TsigKey key, params string[] lines) => StartAsync(null, directory =>
    {
        File.WriteAllLines(
            Path.Combine(directory, $"{zone}.zone"),
            [
                $"{zone}. 300 IN SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 60", $"{zone}. 300 IN NS ns.{zone}.", $"ns.{zone}. 300 IN A 127.0.0.1",
                .. lines.Select(line => ResourceRecord.Parse(line).ToString()),
            ]);
        return $"""
            key:
              - id: {key.Name}
                algorithm: {key.Algorithm.WireName.Labels[0]}
                secret: {key.ToSecretText().Split(':')[2]}
            acl:
              - id: update
                key: {key.Name}
                action: update
            zone:
              - domain: {zone}
                storage: "{directory}"
                file: "{zone}.zone"
                acl: update
            """;
    });

    /// <summary>A secondary that asks the primary for changes only when it is notified.</summary>
    public static Task<KnotServer> StartSecondaryAsync(string zone, IPEndPoint primary, IPEndPoint at) => StartAsync(at, directory => $"""
        remote:
          - id: primary
            address: {primary.Address}@{primary.Port}
        acl:
          - id: notify
            address: 127.0.0.0/8
            action: notify
        zone:
          - domain: {zone}
            storage: "{directory}"
            master: primary
            acl: notify
        """);

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<KnotServer> StartAsync(IPEndPoint? at, Func<string, string> zones)
    {
        string knotd = Daemon.Find("knotd", "knot");
        string directory = Directory.CreateTempSubdirectory("ptt-knot-").FullName;
        IPEndPoint endPoint = at ?? new IPEndPoint(IPAddress.Loopback, Ports.Free());
        string file = Path.Combine(directory, "knot.conf");
        await File.WriteAllTextAsync(
            file,
            $"""
            server:
                rundir: "{directory}"
                listen: {endPoint.Address}@{endPoint.Port}
            database:
                storage: "{directory}"
            log:
              - target: stderr
                any: info
            {zones(directory)}

            """);

        Daemon daemon = await Daemon.StartAsync(knotd, ["-c", file], () => NamedServer.AnswersAsync(endPoint));
        return new KnotServer(daemon, directory, endPoint);
    }
}
