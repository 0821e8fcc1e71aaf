using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Http;
using Ptt.Web.Queue;
using Ptt.Web.Shell.Notices;

namespace Ptt.Web.Shell.Flow;

/// <summary><c>GET /api/v1/overview</c>: what the overview shows.</summary>
internal static class OverviewApi
{
    private const int Top = 10;

    public static void MapOverviewApi(this IEndpointRouteBuilder app) =>
        app.MapApi("/overview").MapGet("", Read).RequireAuthorization(Scopes.SystemRead)
            .WithSummary("What went through in the last hour, day or week, who and where, why mail waits, and how things stand");

    private static Results<Ok<OverviewView>, ProblemHttpResult> Read(
        Traffic traffic, Busiest busiest, Health health, AlarmBoard alarms, [Description("hour, day or week")] string? range = null)
    {
        if ((range is null ? FlowRange.Hour : FlowRange.Of(range)) is not { } over)
        {
            return Problems.Invalid(new Fault("/range", "must be hour, day or week"));
        }

        return TypedResults.Ok(new OverviewView(
            over.Name, traffic.From(over.Count, over.Step), (int)over.Step.TotalSeconds,
            Traffic.Kinds.ToDictionary(k => k, k => traffic.Read(k, over.Count, over.Step)),
            traffic.Percentile(0.5, over.Count * over.Step)?.TotalSeconds, traffic.Percentile(0.99, over.Count * over.Step)?.TotalSeconds,
            busiest.Top(Busiest.Sender, over.Hours, Top), busiest.Top(Busiest.Destination, over.Hours, Top), busiest.Top(Busiest.Cause, over.Hours, Top),
            health.Queue(), health.Dns(), health.Certificate(), health.LinkCertificate(), [.. alarms.Current.Select(AlarmView.Of)]));
    }
}

/// <summary><paramref name="Counts"/> by kind, the oldest first, <paramref name="StepSeconds"/> apart; latencies in seconds, null where nothing was delivered.</summary>
internal sealed record OverviewView(
    string Range, DateTimeOffset From, int StepSeconds, IReadOnlyDictionary<string, IReadOnlyList<double>> Counts, double? LatencyP50, double? LatencyP99,
    IReadOnlyList<Busy> TopSenders, IReadOnlyList<Busy> TopDestinations, IReadOnlyList<Busy> DeferralCauses, QueueCounts? Queue, DnsHealth Dns, CertificateHealth? Certificate, CertificateHealth? LinkCertificate,
    IReadOnlyList<AlarmView> Alarms);
