using System.Diagnostics;
using System.Text;

namespace Ptt.Tests.EndToEnd;

/// <summary>Runs a program that the machine must have; ./test.sh installs them.</summary>
internal static class Command
{
    public static bool Exists(string program) => Find(program) is not null;

    /// <summary>The output (both streams) and the exit code. Fails, with words that say what to install, when there is no such program.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, string? input = null, int seconds = 120, string? directory = null)
    {
        using Process process = Start(program, arguments, directory);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            await process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input));
        }

        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} did not end within {seconds} s: {await output}{await errors}");
        }

        return (process.ExitCode, await output + await errors);
    }

    public static Process Start(string program, IEnumerable<string> arguments, string? directory = null)
    {
        string path = Find(program) ?? throw new InvalidOperationException($"{program} is not installed; ./test.sh installs what the tests need.");
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start)!;
    }

    private static string? Find(string program) => program.Contains('/', StringComparison.Ordinal) ? program
        : (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin:/usr/local/sbin").Split(':').Where(d => d.Length > 0)
            .Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}
