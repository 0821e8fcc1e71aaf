using System.Security.Cryptography.X509Certificates;
using Ptt.Web.Backups;
using Ptt.Web.Configuration;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt backup FILE --to CERTIFICATE</c>: everything under the data directory, while the service runs. What got its 250 before the call is in
/// it, unless it was delivered meanwhile. Private keys and other secrets are encrypted to the certificate; without one they are left out.
/// </summary>
internal static class BackupVerb
{
    public static readonly Verb Verb = new("backup", "write a backup while the service runs: backup FILE [--to CERTIFICATE.pem]", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        string? file = call.Args.FirstOrDefault(a => !a.StartsWith('-'));
        string[] options = [.. call.Args.SkipWhile(a => a != "--to").Take(2)];
        string[] rest = [.. call.Args.Where(a => a != file && !options.Contains(a))];
        if (file is null || options.Length == 1)
        {
            await call.Errors.WriteLineAsync("usage: ptt backup FILE [--to CERTIFICATE.pem] [--Ptt:DataDirectory=…]");
            return Verb.BadUsage;
        }

        string data = Path.GetFullPath(call.Describe(rest).Configuration["Ptt:DataDirectory"] ?? new PttOptions().DataDirectory);
        if (!Directory.Exists(data))
        {
            await call.Errors.WriteLineAsync($"There is no data directory at {data} (Ptt:DataDirectory).");
            return Verb.Failed;
        }

        using X509Certificate2? recipient = options.Length == 2 ? X509CertificateLoader.LoadCertificateFromFile(options[1]) : null;
        BackupContents contents = await Backup.WriteAsync(data, file, recipient, CancellationToken.None);
        await call.Output.WriteLineAsync($"{file}: {contents.Databases} databases, {contents.Bodies} message bodies, {contents.Repositories} repositories, "
            + (recipient is null ? $"WITHOUT {contents.Secrets} private keys and other secrets (name a certificate with --to to have them)" : $"{contents.Secrets} secrets for {recipient.Subject}"));
        return Verb.Done;
    }
}
