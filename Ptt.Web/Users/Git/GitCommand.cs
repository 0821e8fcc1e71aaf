using System.Diagnostics;
using System.Text;

namespace Ptt.Web.Users.Git;

/// <summary>
/// Runs git, and nothing else does. It sees no configuration but ours, no hooks, no prompt and no environment of the machine,
/// and it ends when its time is over.
/// </summary>
internal sealed class GitCommand(string repository, TimeSpan timeout)
{
    // What a repository or a machine might be configured with must not change what we do. What we read of fetched objects we check ourselves
    // (TreeDiff, IncomingPolicy): fsck looks at every name of a folder for one that is new.
    private static readonly string[] Fixed =
    [
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsync=all", "-c", "gc.auto=0", "-c", "core.logAllRefUpdates=false",
        "-c", "credential.helper=", "-c", "core.askPass=true", "-c", "protocol.allow=never", "-c", "protocol.https.allow=always", "-c", "protocol.http.allow=always",
        "-c", "protocol.ssh.allow=always", "-c", "protocol.git.allow=always", "-c", "protocol.file.allow=always", "-c", "fetch.fsckObjects=false", "-c", "http.followRedirects=false",
    ];

    public string Repository { get; } = repository;

    public TimeSpan Timeout { get; } = timeout;

    /// <summary>What it wrote, and the exit code; a failure is for the caller to judge.</summary>
    public async Task<GitOutput> TryAsync(IEnumerable<string> arguments, GitInput input = default, CancellationToken cancellationToken = default)
    {
        using Process process = Start(arguments, input.Environment);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(input.Timeout ?? Timeout);
        try
        {
            var output = new MemoryStream();
            Task copied = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await FeedAsync(process, input.Text, limit.Token);
            await copied;
            string error = await errors;
            await process.WaitForExitAsync(limit.Token);
            return new GitOutput(process.ExitCode, output.ToArray(), error.Trim());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new GitOutput(-1, [], $"no answer within {(input.Timeout ?? Timeout).TotalSeconds:0} s");
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>For what cannot fail unless the machine or the repository is broken.</summary>
    public async Task<byte[]> RunAsync(IEnumerable<string> arguments, GitInput input = default, CancellationToken cancellationToken = default)
    {
        GitOutput output = await TryAsync(arguments, input, cancellationToken);
        return output.Succeeded ? output.Bytes : throw new GitException($"git {arguments.First()}: {output.Error}");
    }

    /// <summary>Gives a running git to <paramref name="read"/>, for more than fits in memory.</summary>
    public async Task<T> StreamAsync<T>(IEnumerable<string> arguments, GitInput input, Func<Stream, Task<T>> read, CancellationToken cancellationToken)
    {
        using Process process = Start(arguments, input.Environment);
        try
        {
            Task fed = FeedAsync(process, input.Text, cancellationToken);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            T result = await read(process.StandardOutput.BaseStream);
            await fed;
            string error = await errors;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? result : throw new GitException($"git {arguments.First()}: {error.Trim()}");
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>A git that stays; what it says of errors nobody hears. To be ended with <see cref="End"/>.</summary>
    public Process Open(IEnumerable<string> arguments)
    {
        Process process = Start(arguments, null);
        process.BeginErrorReadLine();
        return process;
    }

    private Process Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo("git")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/",
            StandardErrorEncoding = Encoding.UTF8,
        };
        string? path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        start.Environment["HOME"] = "/nonexistent";
        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_ATTR_NOSYSTEM"] = "1";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_NO_REPLACE_OBJECTS"] = "1";
        start.Environment["GIT_LITERAL_PATHSPECS"] = "1";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        foreach (string argument in (string[])[.. Fixed, "--git-dir=" + Repository, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new GitException("git cannot be started");
    }

    private static async Task FeedAsync(Process process, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(text, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything: its exit code says why.
        }
    }

    public static void End(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // Gone meanwhile.
        }
    }
}

/// <summary>What git reads on standard input, and what it has in its environment besides ours.</summary>
internal readonly record struct GitInput(ReadOnlyMemory<byte> Text = default, IReadOnlyDictionary<string, string>? Environment = null, TimeSpan? Timeout = null)
{
    public static GitInput Of(string text) => new(Encoding.UTF8.GetBytes(text));
}

internal sealed record GitOutput(int ExitCode, byte[] Bytes, string Error)
{
    public bool Succeeded => ExitCode == 0;

    public string Line => Encoding.UTF8.GetString(Bytes).Trim();
}

/// <summary>The repository or the machine is broken.</summary>
internal sealed class GitException(string message) : Exception(message);
