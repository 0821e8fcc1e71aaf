using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Ptt.Web.Access;
using Ptt.Web.Configuration;

namespace Ptt.Web.Monitoring;

/// <summary>Ptt as seen from outside: alive, ready, counted. Reads what the rooms register and measure; knows none of them.</summary>
internal static class MonitoringFeature
{
    public static WebApplicationBuilder AddMonitoring(this WebApplicationBuilder builder)
    {
        builder.AddSection<MonitoringOptions>(MonitoringOptions.Section)
            .Validate(o => o.Networks.All(n => System.Net.IPNetwork.TryParse(n, out _)), "Ptt:Monitoring:Networks: each must be a network such as 192.0.2.0/24")
            .Validate(o => o.LogFormat is "" or "Json" or "Text", "Ptt:Monitoring:LogFormat: must be Json or Text");
        builder.AddSection<OtlpOptions>(OtlpOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<OtlpOptions>, OtlpOptionsValidator>();
        builder.Services.AddHostedService<OtlpExport>();
        builder.Services.AddSingleton<MetricsBook>();
        builder.Services.AddHostedService(s => s.GetRequiredService<MetricsBook>());
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHostedService<SystemdNotifier>();
        AddLogs(builder);
        return builder;
    }

    // One line an event: JSON for machines, and for eyes in development. Chosen before any option is bound, so that the first line has it too.
    private static void AddLogs(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        // The host's account of a failed start is a stack trace; StartFault tells it in words.
        bool started = false;
        builder.Services.AddHostedService(s => new OnStarted(() => started = true));
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => started && level >= LogLevel.Information);
        if (builder.Configuration["Ptt:Monitoring:LogFormat"] is { Length: > 0 } format ? format == "Json" : !builder.Environment.IsDevelopment())
        {
            builder.Logging.AddJsonConsole(o =>
            {
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            builder.Logging.AddSimpleConsole(o =>
            {
                o.SingleLine = true;
                o.TimestampFormat = "HH:mm:ss.fff ";
            });
        }
    }

    public static WebApplication MapMonitoring(this WebApplication app)
    {
        app.MapGet("/healthz", () => TypedResults.Text("ok\n")).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/readyz", ReadyAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/metrics", (HttpContext http, MetricsBook book, IOptionsMonitor<MonitoringOptions> options) => MayLook(http, options.CurrentValue)
                ? Results.Text(PrometheusText.Write(book.Read()), PrometheusText.ContentType)
                : Results.StatusCode(http.User.Identity?.IsAuthenticated == true ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized))
            .AllowAnonymous().ExcludeFromDescription();
        return app;
    }

    private static async Task<IResult> ReadyAsync(HttpContext http, Readiness readiness, IOptionsMonitor<MonitoringOptions> options, CancellationToken cancellationToken)
    {
        bool details = MayLook(http, options.CurrentValue);
        IReadOnlyList<(string Name, DependencyState State)> states = await readiness.ProbeAsync(cancellationToken);
        bool ready = states.All(s => s.State.IsReady);
        return Results.Json(
            new ReadinessView(ready ? "ready" : "not ready", [.. states.Select(s => new DependencyView(s.Name, s.State.IsReady ? "ready" : "not ready", details ? s.State.Detail : null))]),
            MonitoringJson.Default.ReadinessView, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static bool MayLook(HttpContext http, MonitoringOptions options) =>
        options.Trusts(http.Connection.RemoteIpAddress) || http.User.HasClaim("scope", Scopes.SystemRead);
}

internal sealed record ReadinessView(string Status, IReadOnlyList<DependencyView> Dependencies);

internal sealed record DependencyView(string Name, string Status, string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReadinessView))]
internal sealed partial class MonitoringJson : JsonSerializerContext;
