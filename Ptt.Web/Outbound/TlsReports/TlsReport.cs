using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ptt.Web.Outbound.TlsReports;

/// <summary>The report as RFC 8460 §4.4 writes it in JSON.</summary>
public sealed record TlsReport(
    [property: JsonPropertyName("organization-name")] string OrganizationName,
    [property: JsonPropertyName("date-range")] TlsReportRange DateRange,
    [property: JsonPropertyName("contact-info")] string ContactInfo,
    [property: JsonPropertyName("report-id")] string ReportId,
    [property: JsonPropertyName("policies")] IReadOnlyList<TlsReportedPolicy> Policies)
{
    private static readonly JsonSerializerOptions Written = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>RFC 8460 §5.3: gzip, always.</summary>
    public byte[] ToGzip()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            JsonSerializer.Serialize(gzip, this, Written);
        }

        return packed.ToArray();
    }

    /// <summary>The same report has the same id however often it is made: a receiver that gets it twice can tell.</summary>
    public static string IdOf(DateOnly day, string domain, string submitter) =>
        string.Create(CultureInfo.InvariantCulture, $"{day:yyyyMMdd}-{domain}-{submitter}");
}

public sealed record TlsReportRange(
    [property: JsonPropertyName("start-datetime")] string Start, [property: JsonPropertyName("end-datetime")] string End)
{
    /// <summary>RFC 8460 §4.1: a whole day, UTC.</summary>
    public static TlsReportRange Of(DateOnly day) => new(
        string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}T00:00:00Z"), string.Create(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd}T23:59:59Z"));
}

public sealed record TlsReportedPolicy(
    [property: JsonPropertyName("policy")] TlsPolicyFields Policy,
    [property: JsonPropertyName("summary")] TlsReportSummary Summary,
    [property: JsonPropertyName("failure-details")] IReadOnlyList<TlsFailureDetails>? FailureDetails);

public sealed record TlsPolicyFields(
    [property: JsonPropertyName("policy-type")] string Type,
    [property: JsonPropertyName("policy-string")] IReadOnlyList<string>? Lines,
    [property: JsonPropertyName("policy-domain")] string Domain,
    [property: JsonPropertyName("mx-host")] IReadOnlyList<string>? MxHosts);

public sealed record TlsReportSummary(
    [property: JsonPropertyName("total-successful-session-count")] long Successful,
    [property: JsonPropertyName("total-failure-session-count")] long Failed);

public sealed record TlsFailureDetails(
    [property: JsonPropertyName("result-type")] string ResultType,
    [property: JsonPropertyName("sending-mta-ip")] string? SendingIp,
    [property: JsonPropertyName("receiving-mx-hostname")] string? MxHost,
    [property: JsonPropertyName("receiving-ip")] string? ReceivingIp,
    [property: JsonPropertyName("failed-session-count")] long Sessions,
    [property: JsonPropertyName("failure-reason-code")] string? Reason);
