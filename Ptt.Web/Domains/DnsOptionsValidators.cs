using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Updating;
using Ptt.Web.Domains.Posture.Spf;

namespace Ptt.Web.Domains;

internal sealed class DnsOptionsValidator : IValidateOptions<DnsOptions>
{
    public ValidateOptionsResult Validate(string? name, DnsOptions options)
    {
        string[] faults =
        [
            .. options.Resolvers.Select((text, i) => (text, i)).Where(r => !IPEndPoint.TryParse(r.text, out _))
                .Select(r => $"{DnsOptions.Section}:Resolvers:{r.i}: '{r.text}' is not an address or address:port"),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

internal sealed class DnsUpdateOptionsValidator : IValidateOptions<DnsUpdateOptions>
{
    public ValidateOptionsResult Validate(string? name, DnsUpdateOptions options)
    {
        var faults = new List<string>();
        Check(faults, DnsUpdateOptions.Section, options.Server, options.Key, options.AllowWeakAlgorithms);
        foreach ((string zone, DnsUpdateOptions.ZoneOptions own) in options.Zones)
        {
            if (!DomainName.TryParse(zone, out _))
            {
                faults.Add($"{DnsUpdateOptions.Section}:Zones:{zone}: '{zone}' is not a domain name");
            }

            Check(faults, $"{DnsUpdateOptions.Section}:Zones:{zone}", own.Server, own.Key, options.AllowWeakAlgorithms);
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Check(List<string> faults, string section, string server, string key, bool allowWeak)
    {
        if (server.Length > 0 && !ServerAddress.TryParse(server, out _))
        {
            faults.Add($"{section}:Server: '{server}' is not a host or host:port");
        }

        if (key.Length > 0 && !TsigKey.TryParse(key, out _, out string? fault))
        {
            faults.Add($"{section}:Key: {fault}");
        }
        else if (key.Length > 0 && TsigKey.TryParse(key, out TsigKey? parsed, out _) && parsed.Algorithm.IsWeak && !allowWeak)
        {
            faults.Add($"{section}:Key: {parsed.Algorithm} is weak; take SHA256, or set {DnsUpdateOptions.Section}:AllowWeakAlgorithms where the server knows nothing newer");
        }
    }
}

internal sealed class DomainOptionsValidator : IValidateOptions<DomainOptions>
{
    public ValidateOptionsResult Validate(string? name, DomainOptions options)
    {
        string[] faults =
        [
            .. options.SpfMechanism.Length > 0 && !SpfTerm.TryParse(options.SpfMechanism, out _) ? [$"SpfMechanism: '{options.SpfMechanism}' is not a mechanism of SPF"] : Array.Empty<string>(),
            .. options.ReportAddress.Length > 0 && !IsMailbox(options.ReportAddress) ? [$"ReportAddress: '{options.ReportAddress}' is not a mailbox"] : Array.Empty<string>(),
            .. options.Addresses.Index().Where(a => !IPAddress.TryParse(a.Item, out _)).Select(a => $"Addresses:{a.Index}: '{a.Item}' is not an address"),
            .. options.AddressBlockLists.Index().Where(l => !DomainName.TryParse(l.Item, out _)).Select(l => $"AddressBlockLists:{l.Index}: '{l.Item}' is not a domain name"),
            .. options.OutwardProbes.Index().Where(d => !DomainName.TryParse(d.Item, out _)).Select(d => $"OutwardProbes:{d.Index}: '{d.Item}' is not a domain name"),
            .. options.DomainBlockLists.Index().Where(l => !DomainName.TryParse(l.Item, out _)).Select(l => $"DomainBlockLists:{l.Index}: '{l.Item}' is not a domain name"),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool IsMailbox(string text) =>
        text.Split('@') is [{ Length: > 0 } local, var domain] && local.All(c => char.IsAsciiLetterOrDigit(c) || ".-_+".Contains(c, StringComparison.Ordinal)) && DomainName.TryParse(domain, out _);
}
