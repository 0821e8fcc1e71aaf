namespace Ptt.Tests.EndToEnd;

/// <summary>One Ptt with its sandbox, for the tests of a class.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    public const string Token = "token-of-the-sandbox";

    internal PttProcess Ptt { get; private set; } = null!;

    public async Task InitializeAsync() => Ptt = await PttProcess.StartAsync("Development", null, $"Ptt:Admin:ApiToken={Token}");

    public async Task DisposeAsync() => await Ptt.DisposeAsync();
}
