using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>The program as it is shipped and the base that it stands on in a container, made once for the tests that run them.</summary>
internal static class Shipped
{
    private static readonly Lazy<Task<(string App, string Base)>> Made = new(MakeAsync);

    public static async Task<string> AppAsync() => (await Made.Value).App;

    public static async Task<string> BaseAsync() => (await Made.Value).Base;

    /// <summary>For the scripts under deploy: they take what is there instead of making it again.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string script, params string[] arguments)
    {
        (string app, string root) = await Made.Value;
        return await Command.RunAsync("/usr/bin/env", [$"PTT_APP={app}", $"PTT_BASE={root}", Path.Combine(Repository.Root, "deploy", script), .. arguments], seconds: 900);
    }

    private static async Task<(string App, string Base)> MakeAsync()
    {
        if (Environment.GetEnvironmentVariable("PTT_APP") is { Length: > 0 } givenApp && Environment.GetEnvironmentVariable("PTT_BASE") is { Length: > 0 } givenBase)
        {
            return (givenApp, givenBase);   // as the scripts do
        }

        string folder = Path.Combine(Repository.Root, "artifacts", "shipped");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        string app = Path.Combine(Directory.CreateDirectory(folder).FullName, "app"), root = Path.Combine(folder, "base");
        Task<(int Code, string Output)> publishing = Command.RunAsync(Path.Combine(Repository.Root, "deploy", "publish.sh"), [app, "-p:RunAnalyzers=false"], seconds: 1500);
        (int code, string output) = await Command.RunAsync(Path.Combine(Repository.Root, "deploy", "container", "base.sh"), [root], seconds: 1500);
        Assert.True(code == 0, output);
        (code, output) = await publishing;
        Assert.True(code == 0, output);
        return (app, root);
    }
}
