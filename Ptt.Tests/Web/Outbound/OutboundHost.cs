using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Security;
using Ptt.Tests.Support;
using Ptt.Web.Domains;
using Ptt.Web.Outbound;
using Ptt.Web.Queue;
using Ptt.Web.Roles;

namespace Ptt.Tests.Web.Outbound;

/// <summary>A relay with its queue and its API: DNS is a table, reports are signed by a stamp, the world is loopback.</summary>
internal static class OutboundHost
{
    public static Task<ApiHost> StartAsync(
        IResolver resolver, int port = 25, string? directory = null, ManualTime? time = null, X509Certificate2? authority = null, params (string, string)[] settings) =>
        ApiHost.StartAsync(
            b =>
            {
                b.AddQueue();
                b.AddRoles();
                b.AddOutbound();
                b.Services.AddSingleton(resolver);
                b.Services.AddSingleton<IOwnDomains>(new Own());
                b.Services.AddSingleton<IReportSigner>(new Stamp());
                b.Services.AddSingleton<IStsFetcher>(new NoFetcher(authority));
            },
            a =>
            {
                a.MapQueue();
                a.MapOutbound();
            },
            directory, time,
            [("Ptt:Roles:0", "Relay"), ("Ptt:Hostname", "mail.example.test"), ("Ptt:Relay:Port", $"{port}"), ("Ptt:Relay:AllowPrivateAddresses", "true"), ("Ptt:Relay:UseIPv6", "false"), .. settings]);

    private sealed class Own : IOwnDomains
    {
        public event Action? Changed
        {
            add { }
            remove { }
        }

        public IReadOnlyCollection<DomainName> All => [DomainName.Parse("example.test"), DomainName.Parse("another.test")];

        public bool Contains(DomainName domain) => All.Contains(domain);
    }

    /// <summary>Puts a field on top, as a signer does.</summary>
    private sealed class Stamp : IReportSigner
    {
        public async ValueTask<ReportSigning> SignAsync(Envelope envelope, MessageContent report, CancellationToken cancellationToken) =>
            new ReportSigning.Signed(MessageContent.FromMemory(System.Text.Encoding.UTF8.GetBytes("DKIM-Signature: stamped\r\n" + await Mails.TextAsync(report))));
    }

    private sealed class NoFetcher(X509Certificate2? authority) : IStsFetcher
    {
        public X509Certificate2Collection? TrustAnchors => authority is null ? null : [authority];

        public ValueTask<StsFetch> FetchAsync(DomainName domain, CancellationToken cancellationToken) => ValueTask.FromResult(new StsFetch(null, "down"));
    }
}
