using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Ptt.Tests.Support;

/// <summary>A Debian program that runs in the foreground for one test, with a directory of its own, and ends with it.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private Daemon(Process process) => _process = process;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>The program's path; fails the test with what to install when it is missing.</summary>
    public static string Find(string program, string package)
    {
        string[] places = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin", "/usr/local/sbin"];
        return places.Select(p => Path.Combine(p, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{program} is missing: apt-get install {package} (./test.sh does).");
    }

    /// <summary>Returns when <paramref name="isUp"/> says so.</summary>
    public static async Task<Daemon> StartAsync(string path, IEnumerable<string> arguments, Func<Task<bool>> isUp, int seconds = 120)
    {
        var daemon = new Daemon(new Process { StartInfo = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true } });
        daemon._process.OutputDataReceived += (_, line) => daemon.Note(line.Data);
        daemon._process.ErrorDataReceived += (_, line) => daemon.Note(line.Data);
        daemon._process.Start();
        daemon._process.BeginOutputReadLine();
        daemon._process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await isUp())
        {
            if (daemon._process.HasExited || limit.IsCancellationRequested)
            {
                throw new InvalidOperationException($"{path} did not start:\n{daemon.Output}");
            }

            await Task.Delay(20);
        }

        return daemon;
    }

    /// <summary>Holds it or lets it go on: it answers nothing meanwhile, and its sockets stay open.</summary>
    public async Task PauseAsync(bool on)
    {
        (int code, string output) = await RunAsync("/bin/kill", [on ? "-STOP" : "-CONT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(code == 0, output);
    }

    /// <summary>Waits until it ends by itself; its exit code.</summary>
    public async Task<int> EndAsync(int seconds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string path, IEnumerable<string> arguments, string input = "")
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true } };
        process.Start();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
