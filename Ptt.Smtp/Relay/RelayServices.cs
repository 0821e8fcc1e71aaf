using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Client;
using Ptt.Smtp.Relay.Pacing;
using Ptt.Smtp.Relay.Security;
using Ptt.Smtp.Relay.Sources;

namespace Ptt.Smtp.Relay;

/// <summary>
/// The relay's objects and how they hang together. Needs from the host: RelayOptions, <see cref="ISpool"/>, <see cref="IResolver"/>,
/// TimeProvider; takes an <see cref="IReportSigner"/> if there is one.
/// </summary>
public static class RelayServices
{
    /// <summary>What speaks SMTP to others: the relay, and any role whose next hop is on another machine.</summary>
    public static IServiceCollection AddSmtpClient(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton(s => s.GetRequiredService<IOptions<RelayOptions>>().Value);
        services.AddSingleton<IValidateOptions<RelayOptions>, RelayOptionsRules>();
        services.AddSingleton(s => new AddressPolicy(Options(s).AllowPrivateAddresses, [.. Options(s).AllowedNetworks.Select(IPNetwork.Parse)]));
        services.AddSingleton<Dialer>();
        services.AddSingleton<SystemNames>();
        services.AddSingleton(s => new SessionPool(s.GetRequiredService<Dialer>(), PoolOptions(Options(s)), s.GetRequiredService<TimeProvider>()));
        return services;
    }

    public static IServiceCollection AddRelay(this IServiceCollection services)
    {
        services.AddSmtpClient();
        services.AddSingleton(s => new MxLookup(s.GetRequiredService<IResolver>(), OwnNames(Options(s))));
        services.AddSingleton(s => new AddressLookup(s.GetRequiredService<IResolver>(), Options(s).UseIPv6));
        services.AddSingleton(s => new RouteTable(Options(s).Routes));
        services.AddSingleton<Routing>();
        services.AddSingleton<HostMemory>();
        services.AddSingleton<Pacer>();
        services.AddSingleton<IStsFetcher>(s => new HttpsStsFetcher(s.GetRequiredService<AddressLookup>(), s.GetRequiredService<AddressPolicy>()));
        services.AddSingleton(s => new StsPolicies(
            s.GetRequiredService<IResolver>(), s.GetRequiredService<IStsFetcher>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<StsPolicies>>(), s.GetService<IStsStore>()));
        services.AddSingleton<TlsPolicyFinder>();
        services.AddSingleton(s => new SourceAddresses(SourcesOf(Options(s)), WarmUp(Options(s)), s.GetRequiredService<TimeProvider>(), s.GetService<ISourceLedger>()));
        services.AddSingleton<Explainer>();
        services.AddSingleton(s => new Deliverer(
            s.GetRequiredService<Routing>(), s.GetRequiredService<TlsPolicyFinder>(), s.GetRequiredService<SessionPool>(), s.GetRequiredService<HostMemory>(),
            s.GetRequiredService<Pacer>(), s.GetRequiredService<TimeProvider>(), s.GetService<ISuppressions>(), s.GetRequiredService<SourceAddresses>(),
            s.GetService<ITlsReports>()));
        services.AddSingleton<SteadyClock>();
        services.AddSingleton(s => new RetrySchedule(Options(s).RetrySchedule));
        services.AddSingleton(s => new Bounces(Options(s).HeloName, s.GetRequiredService<SteadyClock>(), s.GetService<IReportSigner>()));
        services.AddSingleton(s => new Outcomes(
            Options(s), s.GetRequiredService<RetrySchedule>(), s.GetRequiredService<Bounces>(), s.GetRequiredService<SteadyClock>()));
        services.AddSingleton(s => new RelayMeters(s.GetRequiredService<IMeterFactory>(), s.GetRequiredService<SessionPool>()));
        services.AddSingleton<SpoolingHop>();
        services.AddHostedService(s => new RelayWorker(
            s.GetRequiredService<ISpool>(), s.GetRequiredService<Deliverer>(), s.GetRequiredService<Outcomes>(), s.GetRequiredService<Pacer>(),
            s.GetRequiredService<RelayMeters>(),
                        s.GetRequiredService<SteadyClock>(), Options(s), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<RelayWorker>>(),
            s.GetService<ISignatureRenewal>()));
        return services;
    }

    private static RelayOptions Options(IServiceProvider services) => services.GetRequiredService<RelayOptions>();

    internal static Source[] SourcesOf(RelayOptions options) =>
    [
        .. options.Sources.Select(s => new Source(s.Key, IPAddress.Parse(s.Value.Address), s.Value.HeloName.Length > 0 ? s.Value.HeloName : options.HeloName)
        {
            Domains = s.Value.Domains, WarmingSince = s.Value.WarmingSince, PerDay = s.Value.PerDay, MaxConnections = s.Value.MaxConnections,
        }),
    ];

    /// <summary>Doubling or so each day: what the large providers are known to bear from an address that they have not seen before.</summary>
    internal static int[] WarmUp(RelayOptions options) => options.WarmUp is { Length: > 0 } own
        ? own
        : [50, 100, 500, 1000, 5000, 10_000, 20_000, 40_000, 70_000, 100_000, 150_000, 250_000];

    private static SessionPoolOptions PoolOptions(RelayOptions options) => new()
    {
        HeloName = options.HeloName,
        MaxConnections = options.MaxConnections,
        KeepIdle = options.KeepIdle,
        MaxTransactions = options.MaxMessagesPerConnection,
        Timeouts = options.Timeouts,
    };

    private static DomainName[] OwnNames(RelayOptions options) =>
        DomainName.TryParse(options.HeloName, out DomainName name) && !name.IsRoot ? [name] : [];
}
