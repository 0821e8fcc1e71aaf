using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging;

namespace Ptt.Tests.Support;

/// <summary>A port of the loopback in front of an <see cref="ApiHost"/>, for clients that are programs of their own.</summary>
internal static class SocketFront
{
    public static async Task<WebApplication> OpenAsync(ApiHost host)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Run(outer => PassAsync(host.App.GetTestServer(), outer));
        await app.StartAsync();
        return app;
    }

    private static async Task PassAsync(TestServer server, HttpContext outer)
    {
        using var body = new MemoryStream();
        await outer.Request.Body.CopyToAsync(body);
        body.Position = 0;
        HttpContext inner = await server.SendAsync(context =>
        {
            HttpRequest to = context.Request, from = outer.Request;
            (to.Method, to.Scheme, to.Host, to.Path, to.QueryString) = (from.Method, from.Scheme, from.Host, from.Path, from.QueryString);
            foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in from.Headers)
            {
                to.Headers[name] = value;
            }

            (to.Body, to.ContentLength) = (body, body.Length);
        });
        outer.Response.StatusCode = inner.Response.StatusCode;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in inner.Response.Headers)
        {
            outer.Response.Headers[name] = value;
        }

        await inner.Response.Body.CopyToAsync(outer.Response.Body);
    }
}
