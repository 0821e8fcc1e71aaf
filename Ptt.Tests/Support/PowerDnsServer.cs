using System.Net;
using Microsoft.Data.Sqlite;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;

namespace Ptt.Tests.Support;

/// <summary>PowerDNS for one test: a primary for one zone, in SQLite, that takes updates with one key.</summary>
internal sealed class PowerDnsServer : IAsyncDisposable
{
    private const string Schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

    private readonly Daemon _daemon;
    private readonly string _directory;

    private PowerDnsServer(Daemon daemon, string directory, IPEndPoint endPoint) => (_daemon, _directory, EndPoint) = (daemon, directory, endPoint);

    public IPEndPoint EndPoint { get; }

    public string Log => _daemon.Output;

    public static async Task<PowerDnsServer> StartAsync(string zone, TsigKey key, params string[] lines)
    {
        string server = Daemon.Find("pdns_server", "pdns-server pdns-backend-sqlite3");
        string tool = Daemon.Find("pdnsutil", "pdns-server");
        string directory = Directory.CreateTempSubdirectory("ptt-pdns-").FullName;
        string database = Path.Combine(directory, "pdns.sqlite3");
        var endPoint = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        await File.WriteAllTextAsync(
            Path.Combine(directory, "pdns.conf"),
            $"""
            launch=gsqlite3
            gsqlite3-database={database}
            local-address={endPoint.Address}
            local-port={endPoint.Port}
            socket-dir={directory}
            daemon=no
            guardian=no
            setuid=
            setgid=
            dnsupdate=yes
            allow-dnsupdate-from=127.0.0.0/8
            distributor-threads=1
            receiver-threads=1

            """);
        await using (var connection = new SqliteConnection($"Data Source={database};Pooling=false"))
        {
            await connection.OpenAsync();
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = await File.ReadAllTextAsync(Schema);
            await command.ExecuteNonQueryAsync();
        }

        string file = Path.Combine(directory, "zone");
        await File.WriteAllLinesAsync(
            file,
            [
                $"{zone}. 300 IN SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 60", $"{zone}. 300 IN NS ns.{zone}.", $"ns.{zone}. 300 IN A 127.0.0.1",
                .. lines.Select(line => ResourceRecord.Parse(line).ToString()),
            ]);
        foreach (string[] command in new string[][]
        {
            ["load-zone", zone, file], ["import-tsig-key", key.Name.ToString(), key.Algorithm.WireName.ToString(), key.ToSecretText().Split(':')[2]],
            ["set-kind", zone, "native"], ["set-meta", zone, "TSIG-ALLOW-DNSUPDATE", key.Name.ToString()], ["set-meta", zone, "SOA-EDIT-DNSUPDATE", "INCREASE"],
        })
        {
            (int code, string output) = await Daemon.RunAsync(tool, ["--config-dir=" + directory, .. command]);
            Assert.True(code == 0, $"pdnsutil {command[0]}: {output}");
        }

        Daemon daemon = await Daemon.StartAsync(server, ["--config-dir=" + directory], () => NamedServer.AnswersAsync(endPoint, zone));
        return new PowerDnsServer(daemon, directory, endPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
