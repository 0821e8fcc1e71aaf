using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Ptt.Tests.Support;

namespace Ptt.Tests.Browser;

/// <summary>The whole program in this process, on free ports of the loopback, with a data directory of its own.</summary>
public sealed class PttApp : WebApplicationFactory<Program>
{
    private readonly TemporaryDirectory _directory = new();

    public PttApp() => UseKestrel(0);

    public string Address => ClientOptions.BaseAddress.ToString().TrimEnd('/');

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Testing");
        builder.UseContentRoot(Repository.Root);
        builder.UseSetting("Ptt:DataDirectory", _directory.Path);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _directory.Dispose();
    }
}
