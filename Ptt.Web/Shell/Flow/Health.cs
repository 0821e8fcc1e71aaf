using System.Security.Cryptography.X509Certificates;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Listeners;
using Ptt.Web.Queue;

namespace Ptt.Web.Shell.Flow;

/// <summary>How the things stand that mail depends on, as far as this process knows them.</summary>
internal sealed class Health(IOwnDomains domains, DomainPosture posture, Certificates? certificates, QueueService? queue)
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

        X509Certificate2 current = certificates.Current;
        return new(current.GetNameInfo(X509NameType.SimpleName, forIssuer: false), current.NotAfter.ToUniversalTime(), certificates.IsSelfSigned);
    }
}

public sealed record DnsHealth(int Well, int Ill, int Unknown);

public sealed record CertificateHealth(string Name, DateTimeOffset NotAfter, bool SelfSigned);
