using System.Net;
using Ptt.Dns;
using Ptt.Dns.Updating;

namespace Ptt.Web.Domains.Updates;

/// <summary>Where a record of a name belongs, after aliases (<paramref name="Name"/> is the last one), and whether we can put it there.</summary>
public abstract record ZoneTarget(DomainName Name)
{
    /// <summary>The addresses of the primary, in the order to try them.</summary>
    public sealed record Updatable(DomainName Name, DomainName Zone, IReadOnlyList<IPEndPoint> Primary, TsigKey Key) : ZoneTarget(Name);

    /// <summary>A person has to enter it. <paramref name="Zone"/> is null where DNS did not tell.</summary>
    public sealed record Manual(DomainName Name, DomainName? Zone, string Reason) : ZoneTarget(Name);

    /// <summary>DNS does not answer now: try again later.</summary>
    public sealed record Unknown(DomainName Name, string Reason) : ZoneTarget(Name);
}
