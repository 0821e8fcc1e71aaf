namespace Ptt.Web.Outbound.TlsReports;

/// <summary>Section <c>Ptt:TlsReports</c>: what we tell other domains about TLS with their hosts (RFC 8460).</summary>
public sealed class TlsReportOptions
{
    public const string Section = "Ptt:TlsReports";

    /// <summary>Whether reports are sent; they are collected in any case.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Who reports: the author of the reports and the address for questions about them; its domain must be one that we sign for. Empty: <c>tls-reports@</c> the domain of ours that <c>Ptt:Hostname</c> lies in, else the first one.</summary>
    public string From { get; set; } = "";

    /// <summary>The organization's name in the reports; empty: the domain of <c>From</c>.</summary>
    public string OrganizationName { get; set; } = "";

    /// <summary>Reports go out at a moment of this long after midnight UTC, another one for each domain, so that a day's end is no storm.</summary>
    public TimeSpan Spread { get; set; } = TimeSpan.FromHours(4);

    /// <summary>How long a day's sessions are kept.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(30);
}
