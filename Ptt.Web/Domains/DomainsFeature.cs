namespace Ptt.Web.Domains;

internal static class DomainsFeature
{
    public static WebApplicationBuilder AddDomains(this WebApplicationBuilder builder)
    {
        return builder;
    }

    public static WebApplication MapDomains(this WebApplication app)
    {
        return app;
    }
}
