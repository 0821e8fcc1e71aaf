using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;

namespace Ptt.Web.Http;

/// <summary>How programs speak to us over HTTP: problem details, pages of lists, conditional requests, idempotency, rate limits, OpenAPI.</summary>
internal static class HttpFeature
{
    public static WebApplicationBuilder AddHttp(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        builder.AddSection<HttpOptions>(HttpOptions.Section);
        services.AddSingleton<RateLimits>();
        services.AddSingleton<Idempotency>();
        services.AddStore(IdempotencyDb.Format, IdempotencyDb.FileName);
        services.AddDbContextFactory<IdempotencyDb>((s, o) => o.UseSqlite($"Data Source={s.GetRequiredService<DataDirectory>().File(IdempotencyDb.FileName)}"));
        services.AddProblemDetails(o => o.CustomizeProblemDetails = Complete);
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = false);
        services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
            o.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            o.SerializerOptions.Converters.Add(new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        });
        services.AddApiDescription();
        return builder;
    }

    /// <summary>Faults and empty refusals under the API's paths become problem details; the description of the API is served.</summary>
    public static WebApplication MapHttp(this WebApplication app)
    {
        app.UseWhen(http => ApiPaths.IsApi(http.Request.Path), api =>
        {
            api.UseExceptionHandler();
            api.UseStatusCodePages();
            api.Use((http, next) =>
            {
                http.Response.Headers.CacheControl = "no-store";
                if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                {
                    size.MaxRequestBodySize = http.RequestServices.GetRequiredService<IOptionsMonitor<HttpOptions>>().CurrentValue.MaxBodySize;
                }

                return next(http);
            });
        });
        app.MapApiDescription();
        return app;
    }

    /// <summary>What must run after it is known who calls; <c>MapAccess</c> puts it there.</summary>
    public static WebApplication UseApiCallers(this WebApplication app)
    {
        app.UseWhen(http => ApiPaths.IsApi(http.Request.Path), api =>
        {
            api.Use((http, next) => http.RequestServices.GetRequiredService<RateLimits>().InvokeAsync(http, next));
            api.Use((http, next) => http.RequestServices.GetRequiredService<Idempotency>().InvokeAsync(http, next));
        });
        return app;
    }

    private static void Complete(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Type?.StartsWith("/problems/", StringComparison.Ordinal) != true
            && ProblemType.Of(context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode) is { } type)
        {
            context.ProblemDetails.Type = type.Uri;
            context.ProblemDetails.Title = type.Title;
        }
    }
}
