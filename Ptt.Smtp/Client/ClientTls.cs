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

    /// <summary>Why the certificate was not taken; null when it was.</summary>
    public string? Problem { get; private set; }

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

    public TlsFacts Facts(SslStream tls) => new($"{Name(tls.SslProtocol)} {tls.NegotiatedCipherSuite}", _certificate, _verified);

    private bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            Problem = "the host showed no certificate";
            return _policy.Demand <= TlsDemand.Encrypted;
        }

        _certificate = $"{leaf.Subject} SHA-256 {leaf.GetCertHashString(HashAlgorithmName.SHA256)}";
        switch (_policy.Demand)
        {
            case TlsDemand.Dane:
                Problem = Dane.Check(_policy, leaf, chain);
                break;
            case TlsDemand.Verified:
                Problem = errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? Why(chain)
                    : _policy.Names.Any(name => leaf.MatchesHostname(name, allowWildcards: true, allowCommonName: false)) ? null
                    : $"the certificate is not for {string.Join(" or ", _policy.Names)}";
                break;
            default:
                _verified = errors == SslPolicyErrors.None;
                return true;
        }

        _verified = Problem is null;
        return _verified;
    }

    private static string Why(X509Chain? chain) =>
        chain?.ChainStatus.FirstOrDefault(s => s.Status != X509ChainStatusFlags.NoError).Status switch
        {
            X509ChainStatusFlags.NotTimeValid => "the certificate has expired or is not valid yet",
            X509ChainStatusFlags.UntrustedRoot => "the certificate is self-signed or its authority is not trusted",
            X509ChainStatusFlags.PartialChain => "the certificate's chain does not reach a trusted authority",
            { } other => $"the certificate's chain is not valid ({other})",
            null => "the certificate's chain is not valid",
        };

    private static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",
        _ => protocol.ToString(),
    };
}
