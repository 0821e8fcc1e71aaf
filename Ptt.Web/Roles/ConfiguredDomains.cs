using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Web.Domains;

namespace Ptt.Web.Roles;

/// <summary>The domains that are ours where there are no users to say so: <c>Ptt:Signer:Domains</c>.</summary>
internal sealed class ConfiguredDomains(IOptions<RoleOptions> options) : IOwnDomains
{
    private readonly HashSet<DomainName> _all = [.. options.Value.Signer.Domains.Select(DomainName.Parse)];

    public event Action? Changed
    {
        add { }
        remove { }
    }

    public IReadOnlyCollection<DomainName> All => _all;

    public bool Contains(DomainName domain) => _all.Contains(domain);
}
