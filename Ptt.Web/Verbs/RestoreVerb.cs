using System.Security.Cryptography.X509Certificates;
using Ptt.Web.Backups;
using Ptt.Web.Configuration;

namespace Ptt.Web.Verbs;

/// <summary><c>ptt restore FILE --with KEY</c>: makes the data directory again, which must be empty; the service must not run on it.</summary>
internal static class RestoreVerb
{
    public static readonly Verb Verb = new("restore", "make the data directory from a backup: restore FILE [--with CERTIFICATE-AND-KEY.pem]", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        string? file = call.Args.FirstOrDefault(a => !a.StartsWith('-'));
        string[] options = [.. call.Args.SkipWhile(a => a != "--with").Take(2)];
        string[] rest = [.. call.Args.Where(a => a != file && !options.Contains(a))];
        if (file is null || options.Length == 1)
        {
            await call.Errors.WriteLineAsync("usage: ptt restore FILE [--with CERTIFICATE-AND-KEY.pem] [--Ptt:DataDirectory=…]");
            return Verb.BadUsage;
        }

        string data = Path.GetFullPath(call.Describe(rest).Configuration["Ptt:DataDirectory"] ?? new PttOptions().DataDirectory);
        if (Directory.Exists(data) && Directory.EnumerateFileSystemEntries(data).Any())
        {
            await call.Errors.WriteLineAsync($"{data} is not empty; a backup is restored into an empty data directory (Ptt:DataDirectory).");
            return Verb.Failed;
        }

        using X509Certificate2? recipient = options.Length == 2 ? X509Certificate2.CreateFromPemFile(options[1]) : null;
        string? fault = await Restore.ReadAsync(file, data, recipient, CancellationToken.None);
        await (fault is null ? call.Output : call.Errors).WriteLineAsync(fault ?? $"{data} is restored.");
        return fault is null ? Verb.Done : Verb.Failed;
    }
}
