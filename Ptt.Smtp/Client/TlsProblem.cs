namespace Ptt.Smtp.Client;

/// <summary>What was wrong with TLS, as far as policies and reports tell it apart (RFC 8460 §4.3).</summary>
public enum TlsFailure
{
    StartTlsNotSupported,
    Handshake,
    CertificateExpired,
    CertificateHostMismatch,
    CertificateNotTrusted,
    NoTlsaMatch,
}

/// <summary>What was wrong, and the words for it.</summary>
public sealed record TlsProblem(TlsFailure Failure, string Words)
{
    internal static TlsProblem WrongName(IReadOnlyList<string> wanted) =>
        new(TlsFailure.CertificateHostMismatch, $"the certificate is not for {string.Join(" or ", wanted)}");
}
