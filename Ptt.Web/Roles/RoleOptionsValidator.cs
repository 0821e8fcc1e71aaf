using System.Globalization;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Smtp.Pipeline;

namespace Ptt.Web.Roles;

/// <summary>Rules across keys: each role that is here hands its mail to somebody.</summary>
internal sealed class RoleOptionsValidator : IValidateOptions<RoleOptions>
{
    public ValidateOptionsResult Validate(string? name, RoleOptions options)
    {
        string[] faults = [.. Domains(options), .. Link(options, Role.Submission, Role.Signer), .. Link(options, Role.Signer, Role.Relay), .. Repeated(options)];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    /// <summary>Takes <c>host:port</c>, <c>192.0.2.1:25</c> and <c>[2001:db8::1]:25</c>.</summary>
    internal static bool TrySplit(string text, out string host, out int port)
    {
        int colon = text.LastIndexOf(':');
        host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        port = 0;
        return colon > 0 && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536
            && (System.Net.IPAddress.TryParse(host, out _) || (DomainName.TryParse(host, out DomainName domain) && !domain.IsRoot));
    }

    private static IEnumerable<string> Link(RoleOptions options, Role from, Role to)
    {
        string key = $"Ptt:{from}:NextHop";
        string next = options.NextHopOf(from);
        if (!options.Plays(from))
        {
            if (next.Length > 0)
            {
                yield return $"{key}: this process does not play {from} (Ptt:Roles), so it has no next hop: remove the key";
            }
        }
        else if (options.Plays(to) && next.Length > 0)
        {
            yield return $"{key}: the {to} is in this process (Ptt:Roles): remove the key, or take {to} out of Ptt:Roles";
        }
        else if (!options.Plays(to) && next.Length == 0)
        {
            yield return $"{key}: the {to} is not in this process (Ptt:Roles), so say where it is: host:port";
        }
        else if (next.Length > 0 && !TrySplit(next, out _, out _))
        {
            yield return $"{key}: '{next}' is not host:port, such as signer.example.org:25";
        }
    }

    private static IEnumerable<string> Domains(RoleOptions options) =>
        options.Signer.Domains.Where(d => !DomainName.TryParse(d, out DomainName name) || name.IsRoot)
            .Select((d, i) => $"Ptt:Signer:Domains:{i}: '{d}' is not a domain");

    private static IEnumerable<string> Repeated(RoleOptions options) =>
        options.Roles.GroupBy(r => r).Where(g => g.Count() > 1).Select(g => $"Ptt:Roles: {g.Key} stands there {g.Count()} times");
}
