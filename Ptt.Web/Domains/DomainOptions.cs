using System.ComponentModel.DataAnnotations;

namespace Ptt.Web.Domains;

/// <summary>Section <c>Ptt:Domains</c>: what DNS should say about the domains that we send for. Anything may be left as it is.</summary>
public sealed class DomainOptions
{
    public const string Section = "Ptt:Domains";

    /// <summary>Our own mechanism in every domain's SPF record, such as <c>include:_spf.example.net</c>; <c>a:</c> with <c>Ptt:Hostname</c> when empty.</summary>
    public string SpfMechanism { get; set; } = "";

    /// <summary>The end of an SPF record where there is none yet.</summary>
    [RegularExpression(@"[-~?]all", ErrorMessage = "must be -all, ~all or ?all")]
    public string SpfAll { get; set; } = "~all";

    /// <summary>The policy of a DMARC record where there is none yet.</summary>
    [RegularExpression("none|quarantine|reject", ErrorMessage = "must be none, quarantine or reject")]
    public string DmarcPolicy { get; set; } = "none";

    /// <summary>Where reports on DMARC and TLS go (<c>postmaster@example.net</c>); without it no record asks for any.</summary>
    public string ReportAddress { get; set; } = "";

    /// <summary>The addresses from which this service sends; those of <c>Ptt:Hostname</c> when empty.</summary>
    public string[] Addresses { get; set; } = [];

    /// <summary>The ports that clients find by SRV (RFC 6186, RFC 8314); 0: none is offered.</summary>
    [Range(0, 65535)]
    public int SubmissionsPort { get; set; } = 465;

    /// <summary>The same for STARTTLS; 0: none is offered.</summary>
    [Range(0, 65535)]
    public int SubmissionPort { get; set; } = 587;

    /// <summary>Whether lists of bad addresses and domains are asked about ours.</summary>
    public bool LookInBlockLists { get; set; } = true;

    /// <summary>DNS lists of bad addresses; Spamhaus ZEN and SpamCop when none is named.</summary>
    public string[] AddressBlockLists { get; set; } = [];

    /// <summary>DNS lists of bad domains; Spamhaus DBL when none is named.</summary>
    public string[] DomainBlockLists { get; set; } = [];

    /// <summary>Whether it is tried if mail can leave: a connection to port 25 of one of <see cref="OutwardProbes"/>, at each comparison.</summary>
    public bool TryOutwards { get; set; } = true;

    /// <summary>Domains whose mail servers are tried, one after the other, until one answers; gmail.com, outlook.com and yahoo.com when none is named.</summary>
    public string[] OutwardProbes { get; set; } = [];

    /// <summary>How often DNS is compared with what it should say.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The TTL of records that we write.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromHours(1);
}
