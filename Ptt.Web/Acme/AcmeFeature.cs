using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Acme;

/// <summary>Certificates from a public authority. The listeners show what lies in <see cref="AcmeStore"/>; how it comes there is this room's alone.</summary>
internal static class AcmeFeature
{
    public static T AddAcme<T>(this T builder) where T : IHostApplicationBuilder
    {
        builder.AddSection<AcmeOptions>(AcmeOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<AcmeOptions>, AcmeOptionsValidator>();
        builder.Services.AddSingleton<AcmeStore>();
        if (builder.Configuration[$"{AcmeOptions.Section}:Directory"] is { Length: > 0 })
        {
            builder.Services.AddSingleton(s => new AcmeClient(
                NewHttp(s.GetRequiredService<IOptions<AcmeOptions>>().Value), new Uri(s.GetRequiredService<IOptions<AcmeOptions>>().Value.Directory), s.GetRequiredService<TimeProvider>()));
            builder.Services.AddSingleton(s => s.GetRequiredService<IOptions<AcmeOptions>>().Value);
            builder.Services.AddSingleton<DnsChallenges>();
            builder.Services.AddSingleton<CertificateOrder>();
            builder.Services.AddHostedService<AcmeWorker>();
            builder.Services.AddSingleton<ICheck, AcmeCheck>();
        }

        return builder;
    }

    internal static HttpClient NewHttp(AcmeOptions options)
    {
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (options.TrustAnchors.Length > 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(options.TrustAnchors);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) };
    }
}
