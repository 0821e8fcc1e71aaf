using System.Security.Cryptography.X509Certificates;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Links;
using Ptt.Web.Listeners;
using Ptt.Web.Queue;

namespace Ptt.Web.Shell.Flow;

/// <summary>How the things stand that mail depends on, as far as this process knows them.</summary>
internal sealed class Health(IOwnDomains domains, DomainPosture posture, Certificates? certificates, LinkCertificates? links, QueueService? queue)
{
    /// <summary>Null where the queue is another process.</summary>
    public QueueCounts? Queue() => queue?.Counts();

    /// <summary>The domains whose last comparison with DNS was well, those where it was not, and those not looked at yet.</summary>
    public DnsHealth Dns()
    {
        DomainReport?[] reports = [.. domains.All.Select(posture.Last)];
        return new(
            reports.Count(r => r is not null && r.Worst < PostureState.Warning), reports.Count(r => r is not null && r.Worst >= PostureState.Warning), reports.Count(r => r is null));
    }

    public CertificateHealth? Certificate()
    {
        if (certificates is null)
        {
            return null;
        }

        return Of(certificates.Current, certificates.IsSelfSigned);
    }

    /// <summary>What this machine shows to our other machines; null where it has none to speak to.</summary>
    public CertificateHealth? LinkCertificate() => links?.Client is { } shown ? Of(shown, selfSigned: false) : null;

    private static CertificateHealth Of(X509Certificate2 certificate, bool selfSigned) =>
        new(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), certificate.NotAfter.ToUniversalTime(), selfSigned);
}

public sealed record DnsHealth(int Well, int Ill, int Unknown);

public sealed record CertificateHealth(string Name, DateTimeOffset NotAfter, bool SelfSigned);
