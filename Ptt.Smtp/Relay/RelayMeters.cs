using System.Diagnostics.Metrics;
using Ptt.Smtp.Client;

namespace Ptt.Smtp.Relay;

/// <summary>Meter <c>Ptt.Relay</c>: counters and times with few labels, for metrics and the overview.</summary>
public sealed class RelayMeters
{
    public const string Name = "Ptt.Relay";

    private static readonly KeyValuePair<string, object?>[] OutcomeTags =
        [new("outcome", "delivered"), new("outcome", "deferred"), new("outcome", "failed"), new("outcome", "expired")];

    private readonly Counter<long> _recipients;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _reports;
    private readonly Counter<long> _causes;
    private readonly Histogram<double> _latency;
    private long _inFlight;

    public RelayMeters(IMeterFactory factory, SessionPool pool)
    {
        Meter meter = factory.Create(Name);
        _recipients = meter.CreateCounter<long>("ptt.relay.recipients", "{recipient}", "Recipients by what came of an attempt.");
        _attempts = meter.CreateCounter<long>("ptt.relay.attempts", "{attempt}", "Hosts tried, by the phase in which it ended.");
        _reports = meter.CreateCounter<long>("ptt.relay.reports", "{report}", "Delivery reports: written, or undeliverable themselves.");
        _causes = meter.CreateCounter<long>("ptt.relay.refusals", "{recipient}", "Recipients deferred or refused, by cause.");
        _latency = meter.CreateHistogram<double>("ptt.relay.latency", "s", "From acceptance to delivery.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 1800, 7200, 86400] });
        meter.CreateObservableGauge("ptt.relay.connections", () => pool.OpenConnections, "{connection}", "Connections open to other hosts.");
        meter.CreateObservableGauge("ptt.relay.in_flight", () => Volatile.Read(ref _inFlight), "{delivery}", "Deliveries leased and not settled yet.");
    }

    public void Leased(int count) => Interlocked.Add(ref _inFlight, count);

    public void Settled(Settlement settlement, TimeSpan age)
    {
        Interlocked.Decrement(ref _inFlight);
        bool delivered = false;
        foreach (RecipientOutcome outcome in settlement.Outcomes)
        {
            int tag = outcome switch
            {
                RecipientOutcome.Delivered => 0,
                RecipientOutcome.Deferred => 1,
                RecipientOutcome.Failed { Expired: false } => 2,
                _ => 3,
            };
            delivered |= tag == 0;
            _recipients.Add(1, OutcomeTags[tag]);
            if (tag != 0)
            {
                _causes.Add(1, new KeyValuePair<string, object?>("cause", ReplyCauses.Of(outcome.Reply).ToString()));
                if (tag >= 2 && settlement.Delivery.Envelope.ReversePath is null)
                {
                    _reports.Add(1, new KeyValuePair<string, object?>("kind", "undeliverable"));
                }
            }
        }

        foreach (AttemptRecord attempt in settlement.Attempts)
        {
            _attempts.Add(1, new KeyValuePair<string, object?>("phase", attempt.Phase));
        }

        if (settlement.Reports.Count > 0)
        {
            _reports.Add(settlement.Reports.Count, new KeyValuePair<string, object?>("kind", "written"));
        }

        if (delivered)
        {
            _latency.Record(age.TotalSeconds);
        }
    }
}
