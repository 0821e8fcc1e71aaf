using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Ptt.Tests.Support;

/// <summary>pebble, the ACME server of Let's Encrypt for tests, with every second nonce refused and no proof remembered.</summary>
internal sealed class PebbleServer : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly TemporaryDirectory _directory;
    private readonly HttpClient _http;

    private PebbleServer(Daemon daemon, TemporaryDirectory directory, HttpClient http, int port) => (_daemon, _directory, _http, Port) = (daemon, directory, http, port);

    public int Port { get; }

    public string Directory => $"https://localhost:{Port}/dir";

    /// <summary>PEM: whom to trust as pebble's own web server.</summary>
    public string TrustAnchors => Path.Combine(_directory.Path, "anchors.pem");

    public string Log => _daemon.Output;

    /// <summary><paramref name="dns"/> is asked for the proofs; certificates live for <paramref name="seconds"/>.</summary>
    public static async Task<PebbleServer> StartAsync(IPEndPoint dns, int seconds)
    {
        string pebble = Daemon.Find("pebble", "pebble");
        var directory = new TemporaryDirectory();
        using X509Certificate2 authority = Certificates.Authority();
        using X509Certificate2 server = Certificates.Server("localhost", authority);
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "anchors.pem"), authority.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "cert.pem"), server.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "key.pem"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        (int port, int management) = (Ports.Free(), Ports.Free());
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "pebble.json"), JsonSerializer.Serialize(new
        {
            pebble = new
            {
                listenAddress = $"127.0.0.1:{port}",
                managementListenAddress = $"127.0.0.1:{management}",
                certificate = Path.Combine(directory.Path, "cert.pem"),
                privateKey = Path.Combine(directory.Path, "key.pem"),
                httpPort = 5002,
                tlsPort = 5001,
                ocspResponderURL = "",
                externalAccountBindingRequired = true,
                externalAccountMACKeys = new Dictionary<string, string> { ["ptt"] = ExternalKey },
                certificateValidityPeriod = seconds,
            },
        }));
        var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true })
        {
            BaseAddress = new Uri($"https://localhost:{management.ToString(CultureInfo.InvariantCulture)}"),
        };
        Daemon daemon = await Daemon.StartAsync("/usr/bin/env",
            ["PEBBLE_WFE_NONCEREJECT=50", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0", pebble, "-config", Path.Combine(directory.Path, "pebble.json"), "-dnsserver", dns.ToString()],
            async () =>
            {
                try
                {
                    return (await http.GetStringAsync("/roots/0")).Length > 0;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            });
        return new PebbleServer(daemon, directory, http, port);
    }

    /// <summary>HMAC of the account "ptt" that pebble wants bound (RFC 8555 §7.3.4).</summary>
    public const string ExternalKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";

    /// <summary>What its certificates end in.</summary>
    public async Task<X509Certificate2> RootAsync() => X509Certificate2.CreateFromPem(await _http.GetStringAsync("/roots/0"));

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _http.Dispose();
        _directory.Dispose();
    }
}
