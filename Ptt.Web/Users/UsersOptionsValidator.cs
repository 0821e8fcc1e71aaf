using Microsoft.Extensions.Options;

namespace Ptt.Web.Users;

/// <summary>What must fit together in <see cref="UsersOptions"/>.</summary>
internal sealed class UsersOptionsValidator : IValidateOptions<UsersOptions>
{
    private static readonly string[] Schemes = ["https", "http", "ssh", "file", "git"];

    public ValidateOptionsResult Validate(string? name, UsersOptions options)
    {
        List<string> faults = [];
        if (options.Repository.Contains("://", StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(options.Repository, UriKind.Absolute, out Uri? uri) || !Schemes.Contains(uri.Scheme))
            {
                faults.Add($"{UsersOptions.Section}:Repository: must be a path, or a URL with one of {string.Join(", ", Schemes)}");
            }
            else if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
            {
                faults.Add($"{UsersOptions.Section}:Repository: holds a password; give it as {UsersOptions.Section}:PasswordFile");
            }
            else if (uri.Scheme == "ssh" && string.IsNullOrWhiteSpace(options.KnownHosts))
            {
                faults.Add($"{UsersOptions.Section}:KnownHosts: is needed for an ssh remote; ssh-keyscan writes it, check it before you trust it");
            }
        }

        if (options.RequireSignedCommits && string.IsNullOrWhiteSpace(options.AllowedSigners) && string.IsNullOrWhiteSpace(options.AllowedGpgKeys))
        {
            faults.Add($"{UsersOptions.Section}:AllowedSigners: must name a signer where RequireSignedCommits is set, or AllowedGpgKeys hold a key");
        }

        if (options.CertificateAuthorities is { Length: > 0 } pem && !pem.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
        {
            faults.Add($"{UsersOptions.Section}:CertificateAuthorities: holds no certificate in PEM");
        }

        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
