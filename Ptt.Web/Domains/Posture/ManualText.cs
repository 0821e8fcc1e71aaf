using Ptt.Dns;
using Ptt.Dns.Messages;

namespace Ptt.Web.Domains.Posture;

/// <summary>Records for people to enter: as a line of a zone file, and as the name and value that a provider's form asks for.</summary>
/// <param name="Bind">One line; a long text in strings of 255.</param>
/// <param name="Host">The name below the zone, <c>@</c> for the zone itself; the whole name where the zone is not known.</param>
/// <param name="Value">The value alone. A text in one piece and without quotes: forms split it themselves.</param>
public sealed record ManualText(string Bind, string Host, string Type, string Value)
{
    public static ManualText Of(DomainName name, RecordType type, TimeSpan ttl, RecordData data, DomainName? zone = null) => new(
        RecordText.Format(new ResourceRecord(name, type, ttl, data)),
        zone is not { } apex || !name.IsWithin(apex) ? name.ToString() : name == apex ? "@" : name.ToString()[..^(apex.ToString().Length + 1)],
        RecordText.Name(type),
        data is RecordData.Txt(var text) ? text : RecordText.Format(data));
}
