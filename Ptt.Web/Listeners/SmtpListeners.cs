using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Server;
using Ptt.Smtp.Submission;
using Ptt.Smtp.Transport;
using Ptt.Web.Configuration;
using Ptt.Web.Links;

namespace Ptt.Web.Listeners;

/// <summary>Opens every port: the SMTP listeners, each with the profile of its role, and the one of the admin pages.</summary>
public sealed partial class SmtpListeners(IServiceProvider services, ILogger<SmtpListeners> logger) : IConfigureOptions<KestrelServerOptions>, IHostedLifecycleService
{
    private readonly Admission _admission = new();
    private readonly LoginSessions _loginSessions = new();
    private IReadOnlyList<SmtpListener> _all = [];
    private ListenOptions? _http;

    /// <summary>What is bound, with the real ports; for the pages, the health check and tests that asked for port 0.</summary>
    public IReadOnlyList<(Role Role, ListenerTls Tls, IPEndPoint EndPoint)> Bound =>
        [.. _all.Where(l => l.EndPoint is IPEndPoint).Select(l => (l.Options.Role, l.Options.Tls, (IPEndPoint)l.EndPoint!))];

    /// <summary>Of the admin pages.</summary>
    public IPEndPoint? Http => _http?.IPEndPoint;

    public int OpenSessions => _admission.Open;

    internal bool IsStarted { get; private set; }

    public void Configure(KestrelServerOptions kestrel)
    {
        var certificates = services.GetRequiredService<Certificates>();
        HttpEndPointOptions http = services.GetRequiredService<IOptions<HttpEndPointOptions>>().Value;
        kestrel.AddServerHeader = false;
        kestrel.Listen(http.Address!, listen =>
        {
            _http = listen;
            if (http.Tls)
            {
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificates.ForHttp()) });
            }
        });

        ListenersOptions options = services.GetRequiredService<IOptions<ListenersOptions>>().Value;
        _all = [.. options.Effective().Select(l => Create(l, certificates))];
        foreach (SmtpListener listener in _all)
        {
            kestrel.Listen(listener.Options.Address!, listener.Configure);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        foreach ((Role role, ListenerTls tls, IPEndPoint endPoint) in Bound)
        {
            Listening(role, endPoint, tls);
        }

        IsStarted = true;
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsStarted = false;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private SmtpListener Create(ListenerOptions options, Certificates certificates)
    {
        bool submission = options.Role == Role.Submission;
        var links = services.GetRequiredService<LinkCertificates>();
        bool ours = !submission && options.Tls != ListenerTls.None && links.IsConfigured;   // only our own machines, by certificate
        ITlsIdentity identity = ours ? links.For(options.Role) : certificates;
        var profile = new ListenerProfile
        {
            Role = options.Role,
            Hostname = services.GetRequiredService<IOptions<PttOptions>>().Value.Hostname,
            NextHop = services.GetRequiredService<IEntrances>().For(options.Role),
            Tls = options.Tls == ListenerTls.StartTls ? identity : null,
            ClientCertificateRequired = ours,
            TlsRequired = options.Tls != ListenerTls.None,
            Authenticator = submission ? services.GetRequiredService<IAuthenticator>() : null,
            LoginSessions = _loginSessions,
            OffersRequireTls = true,                                       // RFC 8689: the relay keeps it
            OffersTraceContext = !submission,
            ChecksSender = !services.GetRequiredService<IOptions<SubmissionOptions>>().Value.RewriteMailFrom,
            TemporaryDirectory = services.GetRequiredService<DataDirectory>().Folder("incoming"),
        };
        var limits = services.GetRequiredService<IOptionsMonitor<Limits>>();
        return new SmtpListener(options, profile, identity, _admission, () => limits.CurrentValue, services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ServerMetrics>(), services.GetRequiredService<SessionTraceHub>(), services.GetRequiredService<ILoggerFactory>());
    }

    [LoggerMessage(3112, LogLevel.Information, "{Role} listens on {EndPoint} (TLS: {Tls})")]
    private partial void Listening(Role role, IPEndPoint endPoint, ListenerTls tls);
}
