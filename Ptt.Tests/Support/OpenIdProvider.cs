using System.Diagnostics;

namespace Ptt.Tests.Support;

/// <summary>oidc-provider from npm (a certified OpenID provider), run by <c>Ptt.Tests/Npm/openid.mjs</c>.</summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private OpenIdProvider(Process process, string authority) => (_process, Authority) = (process, authority);

    public string Authority { get; }

    public static async Task<OpenIdProvider> StartAsync()
    {
        Process process = NodePackages.Start("openid.mjs");
        string? authority = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return authority is not null ? new OpenIdProvider(process, authority)
            : throw new InvalidOperationException("openid.mjs: " + await process.StandardError.ReadToEndAsync());
    }

    /// <summary>Until it knows where it may send people back to it answers nothing.</summary>
    public async Task KnowAsync(string redirect)
    {
        await _process.StandardInput.WriteLineAsync(redirect);
        Assert.Equal("ready", await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }
}
