using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;

namespace Ptt.Web.Links;

/// <summary>How our machines know each other.</summary>
internal static class LinksFeature
{
    public static T AddLinks<T>(this T builder) where T : IHostApplicationBuilder
    {
        builder.AddSection<LinksOptions>(LinksOptions.Section)
            .Validate(o => o.RenewFrom.Length == 0 || (Uri.TryCreate(o.RenewFrom, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"),
                "Ptt:Links:RenewFrom: must be an address such as https://signer.example.org:8080")
            .Validate(o => o.RenewFromTrustAnchors.Length == 0 || File.Exists(o.RenewFromTrustAnchors), "Ptt:Links:RenewFromTrustAnchors: there is no such file");
        builder.Services.AddSingleton<LinkCertificates>();
        builder.Services.AddHostedService(s => s.GetRequiredService<LinkCertificates>());
        if (Enum.GetValues<Role>().Any(r => !builder.Plays(r)))
        {
            builder.Services.AddSingleton<IDependency, LinkReady>();
        }

        return builder;
    }

    public static WebApplication MapLinks(this WebApplication app)
    {
        LinksApi.Map(app);
        return app;
    }
}
