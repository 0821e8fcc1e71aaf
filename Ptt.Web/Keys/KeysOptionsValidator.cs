using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys;

/// <summary>The rules that one property alone cannot tell.</summary>
internal sealed class KeysOptionsValidator : IValidateOptions<KeysOptions>
{
    public ValidateOptionsResult Validate(string? name, KeysOptions options)
    {
        var faults = new List<string>();
        foreach (string algorithm in options.Algorithms.Where(a => !KeyKind.TryParse(a, out _)))
        {
            faults.Add($"{KeysOptions.Section}:Algorithms: '{algorithm}' is not one of {string.Join(", ", KeyKind.Names)}.");
        }

        if (options.Algorithms.Distinct(StringComparer.OrdinalIgnoreCase).Count() != options.Algorithms.Length)
        {
            faults.Add($"{KeysOptions.Section}:Algorithms: each may stand once.");
        }

        foreach ((string domain, KeysOptions.DomainOptions own) in options.Domains)
        {
            string key = $"{KeysOptions.Section}:Domains:{domain}";
            if (!DomainName.TryParse(domain, out DomainName parsed) || parsed.IsRoot)
            {
                faults.Add($"{key}: is not a domain name.");
            }
            else if (own.Selector.Length == 0 || !DomainName.TryParse($"{own.Selector}._domainkey.{parsed}", out _))
            {
                faults.Add($"{key}:Selector: must be the name of the key, such as 'mail'.");
            }
            else if (own.Key.Length > 0 && !ImportedKey.TryRead(parsed, own.Selector, own.Key, out _, out string fault))
            {
                faults.Add($"{key}:Key: {fault}");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
