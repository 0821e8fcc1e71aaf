using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ptt.Smtp.Client;

/// <summary>
/// One handshake: what is asked of the certificate, what was found. Intermediates are never downloaded and revocation is
/// never asked for: a stranger's certificate must not make us fetch what it names.
/// </summary>
internal sealed class ClientTls(SessionTarget target)
{
    private readonly TlsPolicy _policy = target.Tls;
    private string? _certificate;
    private bool _verified;

    /// <summary>What is wrong with the certificate; null when nothing is, or nobody asked.</summary>
    public TlsProblem? Problem { get; private set; }

    public SslClientAuthenticationOptions Options()
    {
        var chain = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            TrustMode = _policy.TrustAnchors is null ? X509ChainTrustMode.System : X509ChainTrustMode.CustomRootTrust,
        };
        chain.CustomTrustStore.AddRange(_policy.TrustAnchors ?? []);

        return new SslClientAuthenticationOptions
        {
            TargetHost = target.Host,                                                       // SNI
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,                  // RFC 8996
            AllowRenegotiation = false,
            CertificateChainPolicy = chain,
            RemoteCertificateValidationCallback = Check,
            ClientCertificates = _policy.ClientCertificate is { } own ? [own] : null,
        };
    }

    /// <summary>What of the problem may be told of a session that goes on all the same (a policy that is being tested).</summary>
    public TlsFacts Facts(SslStream tls) => new($"{Name(tls.SslProtocol)} {tls.NegotiatedCipherSuite}", _certificate, _verified) { Problem = Problem };

    private bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            Problem = new(TlsFailure.CertificateNotTrusted, "the host showed no certificate");
            return _policy.Demand <= TlsDemand.Encrypted;
        }

        _certificate = $"{leaf.Subject} SHA-256 {leaf.GetCertHashString(HashAlgorithmName.SHA256)}";
        switch (_policy.Demand)
        {
            case TlsDemand.Dane:
                Problem = Dane.Check(_policy, leaf, chain);
                break;
            case TlsDemand.Verified:
                Problem = Verify(leaf, chain, errors);
                break;
            default:
                Problem = _policy.Testing ? Verify(leaf, chain, errors) : null;
                _verified = errors == SslPolicyErrors.None;
                return true;
        }

        _verified = Problem is null;
        return _verified;
    }

    private TlsProblem? Verify(X509Certificate2 leaf, X509Chain? chain, SslPolicyErrors errors) =>
        errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? Why(chain)
        : _policy.Names.Any(name => leaf.MatchesHostname(name, allowWildcards: true, allowCommonName: false)) ? null
        : TlsProblem.WrongName(_policy.Names);

    private static TlsProblem Why(X509Chain? chain) =>
        chain?.ChainStatus.FirstOrDefault(s => s.Status != X509ChainStatusFlags.NoError).Status switch
        {
            X509ChainStatusFlags.NotTimeValid => new(TlsFailure.CertificateExpired, "the certificate has expired or is not valid yet"),
            X509ChainStatusFlags.UntrustedRoot => new(TlsFailure.CertificateNotTrusted, "the certificate is self-signed or its authority is not trusted"),
            X509ChainStatusFlags.PartialChain => new(TlsFailure.CertificateNotTrusted, "the certificate's chain does not reach a trusted authority"),
            { } other => new(TlsFailure.CertificateNotTrusted, $"the certificate's chain is not valid ({other})"),
            null => new(TlsFailure.CertificateNotTrusted, "the certificate's chain is not valid"),
        };

    private static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",
        _ => protocol.ToString(),
    };
}
