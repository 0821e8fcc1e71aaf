using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Web.Domains;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys;

/// <summary>The key records of a domain, for the page of what DNS should say. They are shown there and changed only here.</summary>
internal sealed class KeyExpectedRecords(KeyService service) : IExpectedRecords
{
    public IEnumerable<ExpectedRecord> For(DomainName domain) =>
        from key in service.Find(domain)?.Keys ?? []
        where key.RecordText is not null && key.State is not (KeyState.Generated or KeyState.Removed)
        select new ExpectedRecord(
            DomainName.Parse(key.RecordName), RecordType.Txt, new RecordData.Txt(key.RecordText!), Purpose(key),
            IsNeededNow: key.State is KeyState.Active or KeyState.Standby or KeyState.Retiring);

    private static string Purpose(KeyView key) => key.State switch
    {
        KeyState.Active => $"the {key.Algorithm} key that signs",
        KeyState.Standby => $"the {key.Algorithm} key that stands ready",
        KeyState.Published => $"the next {key.Algorithm} key, not proved yet",
        KeyState.Retiring => $"an {key.Algorithm} key that signed mail still on its way",
        _ => $"a withdrawn {key.Algorithm} key",
    };
}
