using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Listeners;

/// <summary>For <c>ptt check</c>: are the ports free, is the certificate good for a while.</summary>
internal sealed class ListenersCheck(
    IOptions<ListenersOptions> listeners, IOptions<HttpEndPointOptions> http, IOptions<CertificateOptions> certificates, IOptions<PttOptions> ptt, TimeProvider time) : ICheck
{
    public async IAsyncEnumerable<CheckResult> RunAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (ListenerOptions listener in listeners.Value.Effective())
        {
            yield return Port($"{listener.Role} listener {listener.EndPoint}", listener.Address!);
        }

        yield return Port($"admin pages {http.Value.EndPoint}", http.Value.Address!);
        yield return Certificate();
        await Task.CompletedTask;
    }

    private static CheckResult Port(string subject, IPEndPoint address)
    {
        try
        {
            using var probe = new TcpListener(address);
            probe.Start();
            return new(CheckVerdict.Good, subject, "the port is free");
        }
        catch (SocketException fault)
        {
            return fault.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new(CheckVerdict.Warning, subject, "the port is in use", "Fine if Ptt runs already; otherwise see who has it with 'ss -ltnp'.")
                : new(CheckVerdict.Bad, subject, fault.Message, "Ports below 1024 need CAP_NET_BIND_SERVICE; an address must be one of this machine's ('ip address').");
        }
    }

    private CheckResult Certificate()
    {
        const string subject = "TLS certificate";
        if (certificates.Value.Path.Length == 0)
        {
            return new(CheckVerdict.Warning, subject, "self-signed", "Set Ptt:Certificates:Path and :KeyPath before users come.");
        }

        try
        {
            CertificateFile file = CertificateFile.Load(certificates.Value.Path, certificates.Value.KeyPath);
            TimeSpan left = file.Certificate.NotAfter.ToUniversalTime() - time.GetUtcNow();
            return left < TimeSpan.Zero ? new(CheckVerdict.Bad, subject, "expired", "Renew it.")
                : !file.Certificate.MatchesHostname(ptt.Value.Hostname) ? new(CheckVerdict.Warning, subject, $"is not for {ptt.Value.Hostname}", "Clients compare the name they connect to; Ptt:Hostname should be it.")
                : left < TimeSpan.FromDays(7) ? new(CheckVerdict.Warning, subject, $"expires in {left.TotalDays:0} days", "Renew it.")
                : new(CheckVerdict.Good, subject, $"good for {left.TotalDays:0} days");
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new(CheckVerdict.Bad, subject, fault.Message, "Ptt:Certificates:Path and :KeyPath must be PEM: a certificate and its key, not encrypted.");
        }
    }
}
