using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay.Security;
using Ptt.Smtp.Relay.Sources;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;
using Ptt.Web.Outbound.Explaining;
using Ptt.Web.Outbound.TlsReports;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Web.Outbound;

/// <summary>What stands around the relay: why mail goes where it goes, the reports about TLS, and what must outlive a restart.</summary>
internal static class OutboundFeature
{
    public static WebApplicationBuilder AddOutbound(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        builder.AddSection<TlsReportOptions>(TlsReportOptions.Section);
        if (!builder.Plays(Role.Relay))
        {
            return builder;
        }

        services.AddStore(OutboundStore.Format, OutboundStore.FileName);
        services.AddSingleton<OutboundStore>();
        services.AddSingleton<IStsStore, StsStore>();
        services.AddSingleton<SourceLedger>();
        services.AddSingleton<ISourceLedger>(s => s.GetRequiredService<SourceLedger>());
        services.AddSingleton<TlsReportBook>();
        services.AddSingleton<ITlsReports>(s => s.GetRequiredService<TlsReportBook>());
        services.AddSingleton<TlsReportSender>();
        services.AddSingleton<IStoryListener, BlockingWatch>();
        services.AddSingleton<ExplainService>();
        services.AddHostedService<OutboundWorker>();
        return builder;
    }

    public static WebApplication MapOutbound(this WebApplication app)
    {
        if (app.Plays(Role.Relay))
        {
            app.MapExplainApi();
            app.MapTlsReportsApi();
        }

        return app;
    }
}
