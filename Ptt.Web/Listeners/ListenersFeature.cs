using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Server;
using Ptt.Smtp.Submission;
using Ptt.Web.Configuration;

namespace Ptt.Web.Listeners;

/// <summary>The ports, what may come in through them, and the certificate they show.</summary>
internal static class ListenersFeature
{
    public static WebApplicationBuilder AddListeners(this WebApplicationBuilder builder)
    {
        builder.AddSection<ListenersOptions>(ListenersOptions.Section);
        builder.AddSection<HttpEndPointOptions>(HttpEndPointOptions.Section);
        builder.AddSection<CertificateOptions>(CertificateOptions.Section);
        builder.AddSection<Limits>(Limits.Section);
        builder.AddSection<SubmissionOptions>(SubmissionOptions.Section)
            .PostConfigure<IOptions<PttOptions>>((o, ptt) => o.Hostname = o.Hostname.Length > 0 ? o.Hostname : ptt.Value.Hostname);

        IServiceCollection services = builder.Services;
        services.AddSingleton<IValidateOptions<ListenersOptions>, ListenersValidator>();
        services.AddSingleton<IValidateOptions<ListenersOptions>, InnerListenersValidator>();
        services.AddSingleton<ICheck, ListenersCheck>();
        services.AddSingleton<IValidateOptions<HttpEndPointOptions>, ListenersValidator>();
        services.AddSingleton<IValidateOptions<CertificateOptions>, CertificateValidator>();
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<SessionTraceHub>();
        services.AddSingleton<Certificates>();
        services.AddHostedService(s => s.GetRequiredService<Certificates>());
        services.AddSingleton<SmtpListeners>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(s => s.GetRequiredService<SmtpListeners>());
        services.AddHostedService(s => s.GetRequiredService<SmtpListeners>());
        services.AddSingleton<IDependency, ListenersReady>();

        // Kestrel announces each port as http://…; our own line says what it is.
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        services.Configure<SocketTransportOptions>(o =>
        {
            o.Backlog = 1024;
            // Nothing of ours blocks, so what a socket brings is handled where it arrives: each hop to another thread costs a message more than its parsing does.
            o.UnsafePreferInlineScheduling = true;
            o.NoDelay = true;                                              // the end of a message and its dot go out together, at once
            o.MaxReadBufferSize = 128 * 1024;                              // a client that outruns the disk waits; it does not fill our memory
        });
        return builder;
    }

    public static WebApplication MapListeners(this WebApplication app)
    {
        TraceApi.Map(app);
        return app;
    }
}
