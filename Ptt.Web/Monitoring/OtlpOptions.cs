using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Monitoring;

/// <summary>Traces and metrics to a collector by OTLP. The variables of OpenTelemetry (<c>OTEL_EXPORTER_OTLP_*</c>, <c>OTEL_RESOURCE_ATTRIBUTES</c>) hold where these are empty.</summary>
public sealed class OtlpOptions
{
    public const string Section = "Ptt:Monitoring:Otlp";

    /// <summary>Where a collector listens, such as <c>http://127.0.0.1:4318</c>; empty: nothing is sent anywhere.</summary>
    public string EndPoint { get; set; } = "";

    /// <summary>How it is spoken to: <c>HttpProtobuf</c> (port 4318 by custom) or <c>Grpc</c> (4317).</summary>
    public OtlpProtocol Protocol { get; set; }

    /// <summary>Sent with each request, as <c>name=value,name=value</c>: a hosted collector's key.</summary>
    public string Headers { get; set; } = "";

    /// <summary>The part of all messages that are traced, from 0 to 1. What a machine of ours traces, the others trace too.</summary>
    [Range(0.0, 1.0)]
    public double Ratio { get; set; } = 1;

    /// <summary>How often metrics are sent; traces are sent every five seconds at the latest.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(60);
}

public enum OtlpProtocol
{
    HttpProtobuf,
    Grpc,
}

internal sealed class OtlpOptionsValidator : IValidateOptions<OtlpOptions>
{
    public ValidateOptionsResult Validate(string? name, OtlpOptions options) =>
        options.EndPoint.Length == 0 || (Uri.TryCreate(options.EndPoint, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"{OtlpOptions.Section}:EndPoint: must be an address such as http://127.0.0.1:4318");
}
