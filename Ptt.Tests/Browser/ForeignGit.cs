using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;

namespace Ptt.Tests.Browser;

/// <summary>A clone of the users' repository in which somebody else works, with git itself.</summary>
internal sealed class ForeignGit : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public string Work => _folder.File("work");

    public static async Task<ForeignGit> CloneAsync(IServiceProvider services)
    {
        var clone = new ForeignGit();
        await GitAsync(clone._folder.Path, "t", "clone", "-q", services.GetRequiredService<DataDirectory>().File("users.git"), "work");
        return clone;
    }

    /// <summary>What git printed.</summary>
    public Task<string> RunAsync(params string[] arguments) => GitAsync(Work, "Somebody Else", arguments);

    public async Task CommitAsync(string author, string message)
    {
        await RunAsync("add", "-A");
        await GitAsync(Work, author, "commit", "-q", "-m", message);
        await RunAsync("push", "-q", "origin", "HEAD:main");
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<string> GitAsync(string folder, string author, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "user.name=" + author, "-c", "user.email=else@example.test", .. arguments])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> fault = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await fault);
        return said.Trim();
    }
}
