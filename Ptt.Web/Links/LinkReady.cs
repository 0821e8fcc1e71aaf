using System.Security.Cryptography.X509Certificates;
using Ptt.Web.Configuration;

namespace Ptt.Web.Links;

/// <summary>Between our machines nothing goes with a certificate that has ended. Where there is none, the roles need none.</summary>
internal sealed class LinkReady(LinkCertificates links, TimeProvider time) : IDependency
{
    public string Name => "link";

    public ValueTask<DependencyState> ProbeAsync(CancellationToken cancellationToken) => ValueTask.FromResult(links.Client is not { } certificate || IsGood(certificate)
        ? DependencyState.Ready
        : DependencyState.Not($"The certificate between our machines ended at {certificate.NotAfter.ToUniversalTime():u}: no machine of ours takes mail from this one. Issue a new one (docs/deploy/three-machines.md)."));

    private bool IsGood(X509Certificate2 certificate) => time.GetUtcNow() < certificate.NotAfter.ToUniversalTime();
}
