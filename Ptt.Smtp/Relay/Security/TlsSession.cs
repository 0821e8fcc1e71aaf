using System.Net;
using Ptt.Dns.Messages;
using Ptt.Smtp.Client;

namespace Ptt.Smtp.Relay.Security;

/// <summary>Is told of every session with an MX, for the reports that go to its domain (RFC 8460). Never waits.</summary>
public interface ITlsReports
{
    void Note(TlsSession session);
}

/// <summary>One session, or why there was none: what a report counts (RFC 8460 §4.3). <paramref name="Domain"/> is the recipients'.</summary>
public sealed record TlsSession(string Domain, AppliedPolicy Policy, string MxHost, TlsResult Result)
{
    /// <summary>Ours; null when nothing was connected.</summary>
    public IPAddress? Sending { get; init; }

    public IPAddress? Receiving { get; init; }

    /// <summary>What went wrong in words; null where the result says all.</summary>
    public string? Reason { get; init; }
}

/// <summary>The result types of RFC 8460 §4.3, and success.</summary>
public enum TlsResult
{
    Success,
    StartTlsNotSupported,
    CertificateHostMismatch,
    CertificateExpired,
    CertificateNotTrusted,
    ValidationFailure,
    TlsaInvalid,
    DnssecInvalid,
    StsPolicyFetchError,
    StsPolicyInvalid,
    StsWebPkiInvalid,
}

public static class TlsResults
{
    public static TlsResult Of(TlsFailure failure) => failure switch
    {
        TlsFailure.StartTlsNotSupported => TlsResult.StartTlsNotSupported,
        TlsFailure.CertificateExpired => TlsResult.CertificateExpired,
        TlsFailure.CertificateHostMismatch => TlsResult.CertificateHostMismatch,
        TlsFailure.CertificateNotTrusted => TlsResult.CertificateNotTrusted,
        _ => TlsResult.ValidationFailure,
    };

    public static string Name(this TlsResult result) => result switch
    {
        TlsResult.Success => "success",
        TlsResult.StartTlsNotSupported => "starttls-not-supported",
        TlsResult.CertificateHostMismatch => "certificate-host-mismatch",
        TlsResult.CertificateExpired => "certificate-expired",
        TlsResult.CertificateNotTrusted => "certificate-not-trusted",
        TlsResult.TlsaInvalid => "tlsa-invalid",
        TlsResult.DnssecInvalid => "dnssec-invalid",
        TlsResult.StsPolicyFetchError => "sts-policy-fetch-error",
        TlsResult.StsPolicyInvalid => "sts-policy-invalid",
        TlsResult.StsWebPkiInvalid => "sts-webpki-invalid",
        _ => "validation-failure",
    };
}

/// <summary>
/// The policy that a session was judged by (RFC 8460 §4.2). Its domain is the recipients', with DANE the TLSA base domain (§1.1);
/// <paramref name="Lines"/> is the policy as it was found.
/// </summary>
public sealed record AppliedPolicy(string Type, string Domain, IReadOnlyList<string> Lines, IReadOnlyList<string> MxHosts)
{
    /// <summary>Null where an administrator or the message decided, and not the domain: that is nothing to report.</summary>
    public static AppliedPolicy? Of(Destination destination, NextHost host, TlsDecision decision)
    {
        (string decidedBy, IReadOnlyList<RecordData.Tlsa> tlsa) = decision switch
        {
            TlsDecision.Use use => (use.Policy.DecidedBy, use.Policy.Tlsa),
            TlsDecision.Skip skip => (skip.DecidedBy, []),
            _ => ("", []),
        };
        return decidedBy switch
        {
            "dane" => new("tlsa", host.Name, [.. tlsa.Select(t => $"{t.Usage} {t.Selector} {t.Matching} {Convert.ToHexStringLower(t.Association.Span)}")], []),
            "mta-sts" or "mta-sts testing" => new("sts", destination.Name, decision.Sts?.Policy?.Lines ?? [], decision.Sts?.Policy?.Mx ?? []),
            "opportunistic" when decision.Sts?.Fault is not null => new("sts", destination.Name, [], []),
            "opportunistic" => new("no-policy-found", destination.Name, [], []),
            _ => null,
        };
    }
}
