using Ptt.Dns;

namespace Ptt.Web.Keys.Rings;

/// <summary>Where rings are remembered. What is saved is on disk when the call returns.</summary>
internal interface IKeyRings
{
    KeyRing? Load(DomainName domain);

    void Save(KeyRing ring);

    IReadOnlyList<DomainName> Known { get; }
}
