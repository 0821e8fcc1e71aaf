using System.ComponentModel.DataAnnotations;

namespace Ptt.Web.Acme;

/// <summary>A certificate from a public authority, got and renewed by ourselves (RFC 8555), proven by DNS.</summary>
public sealed class AcmeOptions
{
    public const string Section = "Ptt:Certificates:Acme";

    /// <summary>The authority's directory, such as <c>https://acme-v02.api.letsencrypt.org/directory</c>. Empty: no certificate is asked for.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The names in the certificate, <c>*.example.org</c> among them where wanted; <c>Ptt:Hostname</c> when empty.</summary>
    public List<string> Names { get; set; } = [];

    /// <summary>Where the authority writes when something is wrong: <c>postmaster@example.org</c>.</summary>
    public List<string> Contacts { get; set; } = [];

    /// <summary>You have read the authority's terms of service and agree to them. Without it no account is made.</summary>
    public bool AcceptTerms { get; set; }

    /// <summary>For authorities that want an account of theirs bound (RFC 8555 §7.3.4): its key identifier.</summary>
    public string ExternalAccountId { get; set; } = "";

    /// <summary>And its HMAC key, in base64url as they give it.</summary>
    public string ExternalAccountKey { get; set; } = "";

    /// <summary>PEM: whom to trust as the authority's own web server, where that is not a public one.</summary>
    public string TrustAnchors { get; set; } = "";

    /// <summary>How often it is looked whether the time for renewal has come.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The pause after an order that failed; doubled with each further one, up to a day. An authority that names a longer one is obeyed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long every name server of the zone may take to show the proof.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan PropagationTimeout { get; set; } = TimeSpan.FromMinutes(10);

    public bool IsConfigured => Directory.Length > 0;
}
