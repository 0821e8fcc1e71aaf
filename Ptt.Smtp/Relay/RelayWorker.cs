using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay.Pacing;

namespace Ptt.Smtp.Relay;

/// <summary>
/// Carries deliveries from the spool to their destinations and what came of them back. The work is in the spool: whatever is lost
/// here (the process, a task) is leased again. At a stop it finishes what is on the wire and gives back the rest.
/// </summary>
public sealed partial class RelayWorker(
    ISpool spool, Deliverer deliverer, Outcomes outcomes, Pacer pacer, RelayMeters meters, SteadyClock clock, RelayOptions options, TimeProvider time,
    ILogger<RelayWorker> logger, ISignatureRenewal? renewal = null) : BackgroundService
{
    private const int MaxLease = 500, MaxSettle = 500;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);
    private static readonly Reply CannotSignAgain = new(451, new(7, 5), "The message has waited so long that it must be signed again, and cannot be now");

    private readonly DeliveryLanes _lanes = new(pacer.KeyOf, pacer.LimitFor, options.MaxConnections * 3);
    private readonly Channel<Settlement> _settlements = Channel.CreateUnbounded<Settlement>(new() { SingleReader = true });
    private readonly CancellationTokenSource _hardStop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    public override void Dispose()
    {
        _hardStop.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task settling = SettleAsync();
        Interlocked.Increment(ref _running);                        // this loop counts as one: idle comes only after it
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeaseAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                LeasingFaulted(fault);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        foreach (Delivery waiting in _lanes.Close())
        {
            _settlements.Writer.TryWrite(outcomes.GiveBack(waiting, ClientReplies.Stopping, TimeSpan.Zero));
        }

        LaneEnded();
        using (new Timer(static stop => ((CancellationTokenSource)stop!).Cancel(), _hardStop, options.StopWithin, Timeout.InfiniteTimeSpan))
        {
            await _idle.Task.ConfigureAwait(false);
        }

        _settlements.Writer.Complete();
        await settling.ConfigureAwait(false);
    }

    private async ValueTask LeaseAsync(CancellationToken stoppingToken)
    {
        Task roomCame = _lanes.RoomCame;
        int room = _lanes.Room;
        if (room > 0)
        {
            IReadOnlyList<Delivery> leased = await spool.LeaseAsync(
                new LeaseRequest(Math.Min(room, MaxLease), _lanes.RoomFor), stoppingToken).ConfigureAwait(false);
            meters.Leased(leased.Count);
            foreach (Delivery delivery in leased)
            {
                if (_lanes.TryStart(delivery) is { } key)
                {
                    StartLane(key, delivery);
                }
            }

            if (leased.Count > 0)
            {
                return;
            }
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task work = room > 0 ? spool.WaitForWorkAsync(LookAgain, either.Token).AsTask() : Task.Delay(LookAgain, time, either.Token);
        await Task.WhenAny(work, roomCame).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void StartLane(string key, Delivery first)
    {
        Interlocked.Increment(ref _running);
        ThreadPool.UnsafeQueueUserWorkItem(
            static lane => _ = lane.Worker.RunLaneAsync(lane.Key, lane.First), (Worker: this, Key: key, First: first), preferLocal: false);
    }

    private async Task RunLaneAsync(string key, Delivery first)
    {
        for (Delivery? delivery = first; delivery is not null; delivery = _lanes.Next(key))
        {
            try
            {
                TimeSpan? wait = pacer.TakeTurn(key);
                _settlements.Writer.TryWrite(wait is { } later && !outcomes.HasNews(delivery)
                    ? outcomes.GiveBack(delivery, ClientReplies.RateOfOurs, later)
                    : await DeliverAsync(delivery, wait).ConfigureAwait(false));
                if (_lanes.TryStartWaiting(key) is { } another)
                {
                    StartLane(key, another);
                }
            }
            catch (Exception fault)
            {
                DeliveryFaulted(delivery.Id, delivery.Destination, fault);      // our bug or our disk: tried again later, never bounced
                _settlements.Writer.TryWrite(outcomes.Later(delivery, ClientReplies.OwnFault));
            }
        }

        LaneEnded();
    }

    // With a wait it is not tried: its sender is told (RFC 5321 §4.5.4.1), which needs the content.
    private async ValueTask<Settlement> DeliverAsync(Delivery delivery, TimeSpan? wait)
    {
        if (delivery.Content is { } inMemory)
        {
            return await DeliverAsync(delivery, inMemory, wait).ConfigureAwait(false);
        }

        MessageContent? content = await spool.OpenAsync(delivery.Id, _hardStop.Token).ConfigureAwait(false);
        if (content is null)
        {
            return outcomes.Later(delivery, ClientReplies.OwnFault);            // dropped meanwhile: the spool ignores what we settle
        }

        await using (content.ConfigureAwait(false))
        {
            return await DeliverAsync(delivery, content, wait).ConfigureAwait(false);
        }
    }

    private async ValueTask<Settlement> DeliverAsync(Delivery delivery, MessageContent content, TimeSpan? wait)
    {
        if (wait is not null)
        {
            var notMade = new DeliveryAttempt(delivery.Recipients.Count);
            notMade.Fill(ClientReplies.RateOfOurs, SmtpPhase.Connect);
            return await outcomes.SettleAsync(delivery, notMade, content, CancellationToken.None).ConfigureAwait(false);
        }

        if (renewal is not null)
        {
            if (await renewal.RenewAsync(delivery, content, clock.AgeOf(delivery.AcceptedAt), _hardStop.Token).ConfigureAwait(false) is not { } renewed)
            {
                return outcomes.Later(delivery, CannotSignAgain);
            }

            content = renewed;
        }

        using Activity? span = MessageTracing.Deliver(delivery.Envelope, delivery.Id.ToString(), delivery.Destination.Name, delivery.Attempt);
        DeliveryAttempt attempt = await deliverer.DeliverAsync(delivery, content, _hardStop.Token).ConfigureAwait(false);
        if (attempt.NotBegun is { } later && !outcomes.HasNews(delivery))
        {
            return outcomes.GiveBack(delivery, attempt.Replies[^1].Reply, later);
        }

        if (attempt.NotBegun is null)
        {
            pacer.Observe(pacer.KeyOf(delivery.Destination), attempt);
        }

        foreach (AttemptRecord record in attempt.Records)
        {
            span.Answered(record.Reply);
        }

        return await outcomes.SettleAsync(delivery, attempt, content, CancellationToken.None).ConfigureAwait(false);
    }

    private void LaneEnded()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _idle.TrySetResult();
        }
    }

    private async Task SettleAsync()
    {
        var batch = new List<Settlement>();
        while (await _settlements.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (batch.Count < MaxSettle && _settlements.Reader.TryRead(out Settlement? settlement))
            {
                batch.Add(settlement);
            }

            await SettleAsync(batch).ConfigureAwait(false);
            foreach (Settlement settlement in batch)
            {
                meters.Settled(settlement, clock.AgeOf(settlement.Delivery.AcceptedAt));
            }

            _lanes.Release(batch.Count);
            batch.Clear();
        }
    }

    /// <summary>A settlement that is not written down is a copy sent later, so it is worth some tries.</summary>
    private async ValueTask SettleAsync(List<Settlement> batch)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                await spool.SettleAsync(batch, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (Exception fault)
            {
                SettlingFaulted(batch.Count, tries, fault);
                if (tries == 10 || _hardStop.IsCancellationRequested)
                {
                    return;                                             // the leases run out
                }

                await Task.Delay(TimeSpan.FromSeconds(tries), time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(2301, LogLevel.Error, "Taking deliveries from the spool faulted")]
    private partial void LeasingFaulted(Exception fault);

    [LoggerMessage(2302, LogLevel.Error, "Delivery of {SpoolId} to {Destination} faulted")]
    private partial void DeliveryFaulted(SpoolId spoolId, Destination destination, Exception fault);

    [LoggerMessage(2303, LogLevel.Error, "Settling {Count} deliveries faulted (try {Try})")]
    private partial void SettlingFaulted(int count, int @try, Exception fault);
}
