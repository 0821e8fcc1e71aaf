using Ptt.Web.Configuration;

namespace Ptt.Web.Links;

/// <summary>How our machines know each other.</summary>
internal static class LinksFeature
{
    public static T AddLinks<T>(this T builder) where T : IHostApplicationBuilder
    {
        builder.AddSection<LinksOptions>(LinksOptions.Section);
        builder.Services.AddSingleton<LinkCertificates>();
        builder.Services.AddHostedService(s => s.GetRequiredService<LinkCertificates>());
        return builder;
    }
}
