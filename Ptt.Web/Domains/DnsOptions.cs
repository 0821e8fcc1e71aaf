using System.ComponentModel.DataAnnotations;

namespace Ptt.Web.Domains;

/// <summary>Section <c>Ptt:Dns</c>: whom we ask.</summary>
public sealed class DnsOptions
{
    public const string Section = "Ptt:Dns";

    /// <summary>Recursive resolvers, <c>address</c> or <c>address:port</c>; those of /etc/resolv.conf when empty. For DANE, one on this machine that validates.</summary>
    public string[] Resolvers { get; set; } = [];

    /// <summary>For the first try; doubled in each of the next two rounds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many answers are remembered.</summary>
    [Range(100, 10_000_000)]
    public int CacheSize { get; set; } = 20_000;

    /// <summary>The port of authoritative servers, when records of ours are looked for at each of them; another in the sandbox and in tests.</summary>
    [Range(1, 65535)]
    public int AuthorityPort { get; set; } = 53;

    /// <summary>Believe the AD bit of resolvers on other machines. Only where nobody else can write on the network to them.</summary>
    public bool TrustAuthenticData { get; set; }
}

/// <summary>Section <c>Ptt:Dns:Update</c>: where and with which key the zones are changed. Without a key, records are shown to be entered by hand.</summary>
public sealed class DnsUpdateOptions
{
    public const string Section = "Ptt:Dns:Update";

    /// <summary>The primary, <c>host</c> or <c>host:port</c>; the one that the zone's SOA names when empty.</summary>
    public string Server { get; set; } = "";

    /// <summary>TSIG key as <c>NAME:ALGORITHM:BASE64</c>.</summary>
    public string Key { get; set; } = "";

    /// <summary>Lets keys with HMAC-MD5 and HMAC-SHA-1 be used, for servers that know nothing newer.</summary>
    public bool AllowWeakAlgorithms { get; set; }

    /// <summary>For one reply of a primary.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Other servers and keys for single zones, by the zone's name.</summary>
    public Dictionary<string, ZoneOptions> Zones { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public sealed class ZoneOptions
    {
        /// <summary>The primary of this zone, where it is another.</summary>
        public string Server { get; set; } = "";

        /// <summary>The key for this zone, where it is another.</summary>
        public string Key { get; set; } = "";
    }
}
