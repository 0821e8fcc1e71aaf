namespace Ptt.Smtp.Client;

/// <summary>What TLS a session has, for the trace. <paramref name="Cipher"/> such as <c>TLSv1.3 TLS_AES_256_GCM_SHA384</c>.</summary>
public sealed record TlsFacts(string Cipher, string? Certificate, bool Verified)
{
    /// <summary>Would have kept the session from being used, had the policy that is being tested been enforced.</summary>
    public TlsProblem? Problem { get; init; }

    /// <summary>Certificate and whether it was verified, in one line; made once for all messages of a session.</summary>
    public string? CertificateText { get; } = Certificate is null ? null : $"{Certificate} ({(Verified ? "verified" : "not verified")})";
}
