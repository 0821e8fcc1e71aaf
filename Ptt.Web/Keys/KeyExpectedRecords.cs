using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Web.Alarms;
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

    private static Wording Purpose(KeyView key) => key.State switch
    {
        KeyState.Active => (Wording)$"The {key.Algorithm} key that signs",
        KeyState.Standby => $"The {key.Algorithm} key that stands ready",
        KeyState.Published => $"The next {key.Algorithm} key, not proved yet",
        KeyState.Retiring => $"The {key.Algorithm} key that signed mail still on its way",
        _ => $"A withdrawn {key.Algorithm} key",
    };
}
