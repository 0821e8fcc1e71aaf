using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns.Probing;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;
using Ptt.Web.Domains.Posture;
using Ptt.Web.Domains.Updates;
using Ptt.Web.Formats;

namespace Ptt.Web.Domains;

/// <summary>
/// Whom we ask about other people's domains, and what DNS should say about ours. The resolver and the updater are made here and used by the rooms above.
/// </summary>
internal static class DomainsFeature
{
    public static T AddDomains<T>(this T builder) where T : IHostApplicationBuilder
    {
        builder.AddSection<DnsOptions>(DnsOptions.Section);
        builder.AddSection<DnsUpdateOptions>(DnsUpdateOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<DnsOptions>, DnsOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<DnsUpdateOptions>, DnsUpdateOptionsValidator>();
        builder.Services.AddSingleton<IResolver>(services => NewResolver(
            services.GetRequiredService<IOptions<DnsOptions>>().Value, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IAuthorityProbe>(services => new AuthorityProbe(
            services.GetRequiredService<IResolver>(),
            services.GetRequiredService<TimeProvider>(),
            new AuthorityProbeOptions(services.GetRequiredService<IOptions<DnsOptions>>().Value.AuthorityPort, TimeSpan.FromSeconds(5))));
        builder.Services.AddSingleton<ZoneFinder>();
        builder.Services.AddSingleton<IZoneUpdater, ZoneUpdater>();
        builder.Services.AddSingleton<ICheck, DnsCheck>();
        return builder.AddPosture();
    }

    public static WebApplication MapDomains(this WebApplication app)
    {
        app.MapPosture();
        return app;
    }

    internal static IReadOnlyList<IPEndPoint> Servers(DnsOptions options) =>
        options.Resolvers.Length == 0 ? ResolvConf.Read() : [.. options.Resolvers.Select(ToEndPoint)];

    private static T AddPosture<T>(this T builder) where T : IHostApplicationBuilder
    {
        builder.AddSection<DomainOptions>(DomainOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<DomainOptions>, DomainOptionsValidator>();
        builder.Services.AddSingleton<OwnZoneReader>();
        builder.Services.AddSingleton<OwnAddresses>();
        builder.Services.AddSingleton<OwnedRecords>();
        builder.Services.AddJsonForm(OwnedRecords.FileName, OwnedRecords.Form);
        builder.Services.AddSingleton<Comparison>();
        builder.Services.AddSingleton<IPostureCheck, MxPosture>();
        builder.Services.AddSingleton<IPostureCheck, SpfPosture>();
        builder.Services.AddSingleton<IPostureCheck, KeptPosture>();
        builder.Services.AddSingleton<IPostureCheck, DmarcPosture>();
        builder.Services.AddSingleton<IPostureCheck, TlsReportingPosture>();
        builder.Services.AddSingleton<IPostureCheck, MtaStsPosture>();
        builder.Services.AddSingleton<IPostureCheck, SubmissionPosture>();
        builder.Services.AddSingleton<IPostureCheck, CaaPosture>();
        builder.Services.AddSingleton<IPostureCheck, DnssecPosture>();
        builder.Services.AddSingleton<IPostureCheck, AddressPosture>();
        if (builder.Plays(Role.Relay))
        {
            builder.Services.AddSingleton<IPostureCheck, OutwardPosture>();
        }

        builder.Services.AddSingleton<DomainPosture>();
        builder.Services.AddSingleton<RunningChecks>();
        builder.Services.AddHostedService<PostureWorker>();
        return builder;
    }

    private static Resolver NewResolver(DnsOptions options, TimeProvider time) => new(
        new ResolverOptions
        {
            Servers = Servers(options),
            Timeout = options.Timeout,
            CacheSize = options.CacheSize,
            TrustAuthenticData = options.TrustAuthenticData,
        },
        time);

    private static IPEndPoint ToEndPoint(string text)
    {
        IPEndPoint endPoint = IPEndPoint.Parse(text);
        return endPoint.Port == 0 ? new IPEndPoint(endPoint.Address, 53) : endPoint;
    }
}
