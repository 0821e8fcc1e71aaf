using System.Reflection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;

namespace Ptt.Web.Monitoring;

/// <summary>Sends what the rooms measure and trace to a collector, when there is one. A collector that is away costs what it would have been told, and no mail.</summary>
internal sealed class OtlpExport(IOptions<OtlpOptions> options, IOptions<PttOptions> ptt, IConfiguration configuration) : IHostedService, IDisposable
{
    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.EndPoint.Length == 0 && configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is null or "")
        {
            return Task.CompletedTask;
        }

        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(Resource()).AddSource(MessageTracing.SourceName)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.Value.Ratio)))
            .AddOtlpExporter(o => Configure(o, "v1/traces")).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource()).AddMeter("Ptt.*", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel")
            .AddOtlpExporter((o, reader) =>
            {
                Configure(o, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Value.Interval.TotalMilliseconds;
            }).Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // After everything else has stopped, so that the last deliveries are told too.
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private void Configure(OtlpExporterOptions exporter, string path)
    {
        exporter.TimeoutMilliseconds = 3000;                               // at a stop this is waited for
        if (options.Value.EndPoint.Length == 0)
        {
            return;
        }

        bool http = options.Value.Protocol == OtlpProtocol.HttpProtobuf;
        exporter.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = http ? new Uri($"{options.Value.EndPoint.TrimEnd('/')}/{path}") : new Uri(options.Value.EndPoint);
        exporter.Headers = options.Value.Headers.Length > 0 ? options.Value.Headers : exporter.Headers;
    }

    private ResourceBuilder Resource() => ResourceBuilder.CreateDefault().AddService(
        "ptt", serviceVersion: typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion, serviceInstanceId: ptt.Value.Hostname)
        .AddAttributes([new("ptt.roles", string.Join(',', Enum.GetValues<Role>().Where(r => configuration.Plays(r))))])
        .AddEnvironmentVariableDetector();
}
