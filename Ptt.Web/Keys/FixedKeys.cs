using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys;

/// <summary>The keys that the configuration brings along (<c>Ptt:Keys:Domains:&lt;domain&gt;:Key</c>).</summary>
internal static class FixedKeys
{
    public static IEnumerable<IDkimKey> Of(KeysOptions options)
    {
        foreach ((string name, KeysOptions.DomainOptions own) in options.Domains)
        {
            if (own.Key.Length > 0 && DomainName.TryParse(name, out DomainName domain)
                && ImportedKey.TryRead(domain, own.Selector, own.Key, out IDkimKey? key, out _))
            {
                yield return key;
            }
        }
    }

    /// <summary>The selector of a domain that has one for ever, but no imported key.</summary>
    public static string? SelectorOf(KeysOptions options, DomainName domain) => options.Domains
        .Where(d => d.Value.Key.Length == 0 && d.Value.Selector.Length > 0 && DomainName.TryParse(d.Key, out DomainName named) && named == domain)
        .Select(d => d.Value.Selector).FirstOrDefault();
}
