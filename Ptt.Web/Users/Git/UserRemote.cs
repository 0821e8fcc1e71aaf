using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Users.Git;

/// <summary>
/// The repository elsewhere, where one is configured: fetching from it and pushing to it. Secrets go by files of mode 0600 or by the
/// environment of git, never on a command line.
/// </summary>
internal sealed class UserRemote
{
    public const string Tracking = "refs/ptt/remote";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly GitCommand _git;
    private readonly string _branch;
    private readonly string _url;
    private readonly Lazy<IReadOnlyDictionary<string, string>> _environment;

    public UserRemote(GitCommand git, IOptions<UsersOptions> options, DataDirectory data)
    {
        UsersOptions o = options.Value;
        (_git, _branch, _url) = (git, o.Branch, o.Repository);
        IsConfigured = o.Repository.Contains("://", StringComparison.Ordinal);
        _environment = new(() => Environment(o, data));
    }

    public bool IsConfigured { get; }

    /// <summary>For people: without anything that logs in.</summary>
    public string? ShownUrl => IsConfigured && Uri.TryCreate(_url, UriKind.Absolute, out Uri? uri) ? uri.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped) : null;

    /// <summary>Brings <see cref="Tracking"/> to the remote's branch.</summary>
    public async Task<Fetch> FetchAsync(CancellationToken cancellationToken)
    {
        GitOutput output = await _git.TryAsync(
            ["-c", "core.looseCompression=0", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", "--end-of-options", _url, $"+refs/heads/{_branch}:{Tracking}"],
            new GitInput(default, _environment.Value, Patience * 3), cancellationToken);
        return output.Succeeded ? new Fetch.Fetched()
            : output.Error.Contains("couldn't find remote ref", StringComparison.Ordinal) ? new Fetch.Empty()
            : new Fetch.Unreachable(Clean(output.Error));
    }

    /// <summary>Never forces: where the remote has moved, that is said.</summary>
    public async Task<Push> PushAsync(string commit, CancellationToken cancellationToken)
    {
        GitOutput output = await _git.TryAsync(
            ["push", "--porcelain", "--no-verify", "--no-recurse-submodules", "--end-of-options", _url, $"{commit}:refs/heads/{_branch}"],
            new GitInput(default, _environment.Value, Patience), cancellationToken);
        if (output.Succeeded)
        {
            return new Push.Pushed();
        }

        string said = output.Line + "\n" + output.Error;
        bool raced = said.Contains("[rejected]", StringComparison.Ordinal) || said.Contains("fetch first", StringComparison.Ordinal)
            || said.Contains("cannot lock ref", StringComparison.Ordinal) || said.Contains("failed to update ref", StringComparison.Ordinal)
            || said.Contains("failed to lock", StringComparison.Ordinal) || said.Contains("incorrect old value", StringComparison.Ordinal);
        return raced ? new Push.Raced()
            : said.Contains("[remote rejected]", StringComparison.Ordinal) ? new Push.Refused(Clean(output.Line))
            : new Push.Unreachable(Clean(output.Error));
    }

    private static Dictionary<string, string> Environment(UsersOptions options, DataDirectory data)
    {
        var environment = new Dictionary<string, string> { ["GIT_CONFIG_COUNT"] = "0", ["GIT_ASKPASS"] = "true", ["SSH_ASKPASS"] = "true" };
        if (options.Password is { Length: > 0 } password)
        {
            string basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.UserName ?? "ptt"}:{password}"));
            string origin = new Uri(options.Repository).GetLeftPart(UriPartial.Authority);
            environment["GIT_CONFIG_COUNT"] = "1";
            environment["GIT_CONFIG_KEY_0"] = $"http.{origin}/.extraHeader";
            environment["GIT_CONFIG_VALUE_0"] = "Authorization: Basic " + basic;
        }

        if (options.CertificateAuthorities is { Length: > 0 } authorities)
        {
            environment["GIT_SSL_CAINFO"] = SecretFile(data, "authorities.pem", authorities);
        }

        string ssh = $"ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=5"
            + $" -o UserKnownHostsFile={Quote(SecretFile(data, "known_hosts", options.KnownHosts ?? ""))}";
        environment["GIT_SSH_COMMAND"] = options.SshKey is { Length: > 0 } key ? $"{ssh} -o IdentitiesOnly=yes -i {Quote(SecretFile(data, "id", key))}" : ssh;
        environment["GIT_SSH_VARIANT"] = "ssh";
        return environment;
    }

    /// <summary>A file for a program that takes its secret by path.</summary>
    public static string SecretFile(DataDirectory data, string name, string text)
    {
        string path = data.File("git", name);
        using (var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            file.Write(Encoding.UTF8.GetBytes(text.TrimEnd() + "\n"));
        }

        return path;
    }

    private static string Quote(string path) => "'" + path.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private string Clean(string said)
    {
        string text = said.Replace(_url, ShownUrl ?? "", StringComparison.Ordinal).ReplaceLineEndings(" ");
        text = text.Contains("certificate verif", StringComparison.OrdinalIgnoreCase) || text.Contains("SSL certificate problem", StringComparison.Ordinal) ? $"its certificate is not by an authority that we trust (Ptt:Users:CertificateAuthorities): {text}"
            : text.Contains("Host key verification failed", StringComparison.Ordinal) ? $"its host key is not one of Ptt:Users:KnownHosts: {text}" : text;
        return text.Length > 300 ? text[..300] + "…" : text;
    }
}

internal abstract record Fetch
{
    public sealed record Fetched : Fetch;

    /// <summary>The remote has no such branch yet.</summary>
    public sealed record Empty : Fetch;

    public sealed record Unreachable(string Reason) : Fetch;
}

internal abstract record Push
{
    public sealed record Pushed : Push;

    /// <summary>The branch has moved, or someone else is writing to it.</summary>
    public sealed record Raced : Push;

    /// <summary>The remote does not want it: a hook of its own, a protected branch.</summary>
    public sealed record Refused(string Reason) : Push;

    public sealed record Unreachable(string Reason) : Push;
}
