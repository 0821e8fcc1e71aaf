using System.Globalization;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;
using Ptt.Web.Links;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt authority create</c> makes the authority of the links between our machines; <c>ptt authority issue Signer signer.example.org</c> makes one machine's
/// certificate. Neither needs a running service.
/// </summary>
internal static class AuthorityVerb
{
    private const string Usage = """
        usage: ptt authority create [--dir DIRECTORY]
               ptt authority issue ROLE[,ROLE] NAME[,NAME…] [--days N] [--dir DIRECTORY] [--out DIRECTORY]

        ROLE is Submission, Signer or Relay: what the machine plays. NAME is how the others reach it: a host name or an address.
        The authority lies in <data>/authority; a machine's certificate.pem and authority.pem belong in its <data>/link.
        """;

    public static readonly Verb Verb = new("authority", "make the certificates between our own machines", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        IConfiguration configuration = call.Describe(call.Args).Configuration;
        string data = configuration["Ptt:DataDirectory"] is { Length: > 0 } named ? named : new PttOptions().DataDirectory;
        string directory = configuration["dir"] ?? Path.Combine(data, "authority");
        switch (Words(call.Args))
        {
            case ["create"]:
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                if (!Authority.Create(directory, TimeProvider.System))
                {
                    await call.Errors.WriteLineAsync($"ptt: there is an authority in {directory} already.");
                    return Verb.Failed;
                }

                await call.Output.WriteLineAsync($"Made an authority in {directory}. Its key stays there; keep a copy of it offline.");
                return Verb.Done;

            case ["issue", var roles, var names] when TryRoles(roles, out List<Role> parsed) && TryDays(configuration["days"], out TimeSpan lifetime):
                if (!File.Exists(Path.Combine(directory, "authority.key")))
                {
                    await call.Errors.WriteLineAsync($"ptt: there is no authority in {directory}: ptt authority create.");
                    return Verb.Failed;
                }

                string target = configuration["out"] ?? Path.Combine(data, "link");
                Directory.CreateDirectory(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                CertificateFile.WritePrivate(Path.Combine(target, "certificate.pem"),
                    Authority.Issue(directory, parsed, names.Split(',', StringSplitOptions.RemoveEmptyEntries), lifetime, TimeProvider.System));
                CertificateFile.WritePrivate(Path.Combine(target, "authority.pem"), await File.ReadAllTextAsync(Path.Combine(directory, "authority.pem")));
                await call.Output.WriteLineAsync($"Wrote certificate.pem and authority.pem to {target}: they belong in <data>/link of that machine.");
                return Verb.Done;

            default:
                await call.Errors.WriteLineAsync(Usage);
                return Verb.BadUsage;
        }
    }

    // What is neither an option nor an option's value.
    private static string[] Words(string[] args)
    {
        var words = new List<string>();
        for (int i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                words.Add(args[i]);
            }
            else if (!args[i].Contains('=', StringComparison.Ordinal))
            {
                i++;
            }
        }

        return [.. words];
    }

    private static bool TryRoles(string text, out List<Role> roles)
    {
        roles = [];
        foreach (string word in text.Split(','))
        {
            if (!Enum.TryParse(word, ignoreCase: true, out Role role) || !Enum.IsDefined(role) || char.IsAsciiDigit(word[0]))
            {
                return false;
            }

            roles.Add(role);
        }

        return true;
    }

    private static bool TryDays(string? text, out TimeSpan lifetime)
    {
        lifetime = Authority.DefaultLifetime;
        if (text is null)
        {
            return true;
        }

        bool good = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int days) && days is > 0 and <= 3650;
        lifetime = TimeSpan.FromDays(days);
        return good;
    }
}
