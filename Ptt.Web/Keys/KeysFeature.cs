using Microsoft.Extensions.Options;
using Ptt.Dns.Resolving;
using Ptt.Mail.Arc;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Signing;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys;

/// <summary>DKIM keys: their life (<see cref="KeyRotation"/>), their private halves (<see cref="KeyVault"/>), their records, and who signs with them.</summary>
internal static class KeysFeature
{
    public static WebApplicationBuilder AddKeys(this WebApplicationBuilder builder)
    {
        builder.AddSection<KeysOptions>(KeysOptions.Section);
        if (!builder.Plays(Role.Signer))
        {
            return builder;
        }

        IServiceCollection services = builder.Services;
        services.AddSingleton<IValidateOptions<KeysOptions>, KeysOptionsValidator>();
        services.AddSingleton<KeyVault>();
        services.AddSingleton<IKeyRings, KeyRingFiles>();
        services.AddSingleton<IKeyDns, KeyDns>();
        services.AddSingleton<SelfCheck>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<ISigningKeys>(s => s.GetRequiredService<SigningKeys>());
        services.AddSingleton<KeyAlarms>();
        services.AddSingleton<KeyWorker>();
        services.AddHostedService(s => s.GetRequiredService<KeyWorker>());
        services.AddSingleton<KeyService>();
        services.AddSingleton<IDependency, KeysReady>();
        services.AddSingleton<ICheck, KeysCheck>();
        services.AddSingleton(s => new DkimSigner(
            SigningPolicy.Default with { Lifetime = s.GetRequiredService<IOptions<KeysOptions>>().Value.RetireFor }, s.GetRequiredService<TimeProvider>()));
        if (builder.Configuration.GetValue($"{KeysOptions.Section}:{nameof(KeysOptions.SealForwarded)}", defaultValue: true))
        {
            services.AddSingleton(s => new ArcForwarding(
                new ArcSealer(SigningPolicy.Default, s.GetRequiredService<TimeProvider>()), s.GetRequiredService<IResolver>(),
                s.GetRequiredService<IOptions<PttOptions>>().Value.Hostname));
        }

        services.AddSingleton<IExpectedRecords, KeyExpectedRecords>();
        services.AddSingleton(s => new DkimVerifier(s.GetRequiredService<IResolver>(), s.GetRequiredService<TimeProvider>()));
        return builder;
    }

    public static WebApplication MapKeys(this WebApplication app)
    {
        if (!app.Plays(Role.Signer))
        {
            return app;
        }

        KeysApi.Map(app);
        return app;
    }
}
