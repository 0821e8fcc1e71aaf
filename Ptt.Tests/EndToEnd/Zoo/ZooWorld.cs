using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd.Zoo;

/// <summary>
/// The destinations of the zoo: zone lines, servers at 127.0.3.1 and up on one port, MTA-STS policies over HTTPS, and certificates of one test authority.
/// </summary>
internal sealed class ZooWorld : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly List<Socket> _deaf = [];
    private readonly ConcurrentDictionary<string, string> _policies = [];
    private readonly HashSet<string> _badWeb = [];
    private int _hosts;

    public ZooWorld()
    {
        Real = new RealServers(Certificates.Server("mx.real.test", Authority));
        _servers.Add(Real);
    }

    public int Port { get; } = Ports.Free();

    public RealServers Real { get; }

    public X509Certificate2 Authority { get; } = Certificates.Authority();

    public List<Animal> Animals { get; } = [];

    public List<string> SignedZone { get; } = [];

    public List<string> PlainZone { get; } = [];

    public List<(string Owner, string Said, string Says)> Falsified { get; } = [];

    public HttpsServer? Web { get; private set; }

    public async Task StartWebAsync()
    {
        Web = await HttpsServer.StartAsync(name => Certificates.Server(name, _badWeb.Contains(name) ? null : Authority), async http =>
        {
            string domain = http.Request.Host.Host["mta-sts.".Length..];
            http.Response.StatusCode = _policies.ContainsKey(domain) ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            http.Response.ContentType = "text/plain";
            await http.Response.WriteAsync(_policies.GetValueOrDefault(domain, ""));
        });
        _servers.Add(Web);
    }

    public IPEndPoint NextHost() => new(IPAddress.Parse($"127.0.3.{++_hosts}"), Port);

    /// <summary>An animal with one host of its own in the unsigned zone.</summary>
    public IPEndPoint Plain(string name, string what, string mustBe, Func<Animal, Animal>? with = null) => Add(PlainZone, "plain.test", name, what, mustBe, with);

    /// <summary>In the signed zone; the TLSA record stands at its host.</summary>
    public IPEndPoint Signed(string name, string what, string mustBe, string? tlsa = null, Func<Animal, Animal>? with = null)
    {
        if (tlsa is not null)
        {
            SignedZone.Add($"_{Port}._tcp.mx.{name} TLSA {tlsa}");
        }

        return Add(SignedZone, "zoo.test", name, what, mustBe, with);
    }

    /// <summary>Only zone lines: nobody is to be spoken to.</summary>
    public void Names(string name, string what, string mustBe, string lines, bool signed = false)
    {
        (signed ? SignedZone : PlainZone).AddRange(lines.Split('\n'));
        Animals.Add(new Animal(name, what, mustBe) { Domain = name + (signed ? ".zoo.test" : ".plain.test") });
    }

    public void Serve(IPEndPoint at, Action<ScriptedServer>? configure = null)
    {
        var server = new ScriptedServer(at.Address.ToString(), at.Port);
        configure?.Invoke(server);
        _servers.Add(server);
    }

    /// <summary>A host that hears and never accepts: its queue of new connections is full, so a SYN gets no answer.</summary>
    public void Deaf(IPEndPoint at)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(at);
        listener.Listen(0);
        _deaf.Add(listener);
        for (int i = 0; i < 4; i++)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            try
            {
                filler.Connect(at);
            }
            catch (SocketException)
            {
                // under way, as far as it will ever be
            }

            _deaf.Add(filler);
        }
    }

    /// <summary>MTA-STS for a domain; <paramref name="badWeb"/>: its web server's certificate is worth nothing.</summary>
    public void Policy(string name, string mode, string mx, bool badWeb = false, bool signed = false)
    {
        string domain = name + (signed ? ".zoo.test" : ".plain.test");
        (signed ? SignedZone : PlainZone).AddRange([$"_mta-sts.{name} TXT \"v=STSv1; id=1\"", $"mta-sts.{name} A 127.0.0.1"]);
        _policies[domain] = $"version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: 86400\r\n";
        if (badWeb)
        {
            _badWeb.Add("mta-sts." + domain);
        }
    }

    public X509Certificate2 Certificate(string host, bool expired = false) => Certificates.Server(host, Authority, expired);

    /// <summary>3 1 1: the certificate's own key.</summary>
    public static string EndEntity(X509Certificate2 certificate) => "3 1 1 " + Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>2 0 1: an authority's whole certificate.</summary>
    public static string TrustAnchor(X509Certificate2 authority) => "2 0 1 " + Convert.ToHexStringLower(SHA256.HashData(authority.RawData));

    public static Ptt.Mail.MessageContent Message(string text) => Ptt.Mail.MessageContent.FromMemory(Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable server in _servers)
        {
            await server.DisposeAsync();
        }

        _deaf.ForEach(s => s.Dispose());
    }

    private IPEndPoint Add(List<string> zone, string apex, string name, string what, string mustBe, Func<Animal, Animal>? with)
    {
        IPEndPoint host = NextHost();
        zone.AddRange([$"{name} MX 10 mx.{name}", $"mx.{name} A {host.Address}"]);
        var animal = new Animal(name, what, mustBe) { Domain = $"{name}.{apex}" };
        Animals.Add(with?.Invoke(animal) ?? animal);
        return host;
    }
}
