using Ptt.Dns;

namespace Ptt.Web.Domains;

/// <summary>
/// The domains that we send for: those of <c>domains/&lt;domain&gt;.json</c> in the users' repository. Declared here, where keys
/// and DNS need it; kept by <c>Users/</c>.
/// </summary>
public interface IOwnDomains
{
    IReadOnlyCollection<DomainName> All { get; }

    bool Contains(DomainName domain);

    /// <summary>Raised after a domain was added or removed; handlers return at once.</summary>
    event Action? Changed;
}
