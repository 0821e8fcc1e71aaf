using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Ptt.Tests.Support;
using Ptt.Web.Access;
using Ptt.Web.Shell.Sessions;

namespace Ptt.Tests.Browser;

/// <summary>The whole program in this process, on free ports of the loopback, with a data directory of its own.</summary>
public sealed class PttApp : WebApplicationFactory<Program>
{
    private readonly TemporaryDirectory _directory = new();
    private readonly (string Key, string Value)[] _settings;

    public PttApp(params (string Key, string Value)[] settings)
    {
        _settings = settings;
        UseKestrel(_ => { });   // with a port of its own it would forget ours
    }

    /// <summary>A name in a place of the loopback: passkeys are bound to names.</summary>
    public string NamedAddress => Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    // The pages' port is the first that Kestrel is told of.
    public string Address => Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Development");
        builder.UseContentRoot(Repository.Root);
        builder.UseSetting("Ptt:DataDirectory", _directory.Path);
        builder.UseSetting("Ptt:Http:EndPoint", "127.0.0.1:0");
        builder.UseSetting("Ptt:Sandbox:DnsEndPoint", "127.0.0.1:" + Ports.Free());
        builder.UseSetting("Ptt:Sandbox:MxEndPoint", "127.0.0.1:" + Ports.Free());
        foreach ((string key, string value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        foreach ((int i, string tls) in new[] { "Implicit", "StartTls" }.Index())
        {
            builder.UseSetting($"Ptt:Listeners:{i}:Role", "Submission");
            builder.UseSetting($"Ptt:Listeners:{i}:Tls", tls);
            builder.UseSetting($"Ptt:Listeners:{i}:EndPoint", "127.0.0.1:0");
        }
    }

    /// <summary>The cookie of a browser in which that person has signed in, as it goes into the field.</summary>
    public string CookieOf(string person)
    {
        (_, string key) = Services.GetRequiredService<SessionStore>().Open(person, "password", "127.0.0.1", "test");
        CookieAuthenticationOptions options = Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(AccessSchemes.Session);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, person), new Claim("ptt:session", key)], AccessSchemes.Session);
        var ticket = new AuthenticationTicket(new ClaimsPrincipal(identity), new AuthenticationProperties { ExpiresUtc = DateTimeOffset.UtcNow.AddDays(1) }, AccessSchemes.Session);
        return $"{options.Cookie.Name}={options.TicketDataFormat.Protect(ticket)}";
    }

    /// <summary>Speaks to the program as the browser of a person, without following redirects; nobody's for null.</summary>
    public HttpClient ClientOf(string? person)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Address) };
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html, */*");
        if (person is not null)
        {
            client.DefaultRequestHeaders.Add("Cookie", CookieOf(person));
        }

        return client;
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await base.DisposeAsync();
        }
        catch (ObjectDisposedException)
        {
            // The program's own RunAsync stops and disposes the host as well; who comes second finds it gone.
        }

        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _directory.Dispose();
    }
}
