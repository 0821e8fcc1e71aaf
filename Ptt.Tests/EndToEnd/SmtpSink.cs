using System.Diagnostics;

namespace Ptt.Tests.EndToEnd;

/// <summary>Postfix's <c>smtp-sink</c> on every loopback address: keeps each message it takes as a file.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ptt-sink-").FullName;
    private readonly Process _process;

    /// <param name="refuses">What it says to each RCPT instead of taking it: a 5yz.</param>
    public SmtpSink(int port, string? refuses = null)
    {
        Port = port;
        bool root = Environment.UserName == "root";   // it refuses to stay root
        File.SetUnixFileMode(_directory, (UnixFileMode)0x1ff);
        _process = Command.Start("smtp-sink", [.. root ? (string[])["-u", "nobody"] : [], "-d", "m.%M.", .. refuses is null ? (string[])[] : ["-f", "rcpt", "-B", refuses], $"inet:{port}", "1000"], _directory);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Port { get; }

    /// <summary>The messages so far whose header is whole, each with the lines that smtp-sink puts before it (X-Mail-Args, X-Rcpt-Args).</summary>
    public IReadOnlyList<string> Messages =>
        [.. Directory.GetFiles(_directory).Select(File.ReadAllText).Where(m => m.Contains("\n\n", StringComparison.Ordinal))];

    public async Task<IReadOnlyList<string>> WaitAsync(int count, int seconds = 180)
    {
        long started = Stopwatch.GetTimestamp();
        while (Messages.Count < count && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds))
        {
            await Task.Delay(50);
        }

        return Messages;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
