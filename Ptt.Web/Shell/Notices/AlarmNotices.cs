using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Ptt.Web.Alarms;
using Ptt.Web.Queue.Webhooks;

namespace Ptt.Web.Shell.Notices;

/// <summary>
/// Tells people who are not looking: a mail to the postmaster and events to the webhooks, for what is new, worse or over. What is silenced
/// or acknowledged is not told; what comes and goes within the time of gathering neither.
/// </summary>
internal sealed partial class AlarmNotices(
    AlarmBoard board, AlarmMail mail, IOptionsMonitor<AlarmOptions> options, TimeProvider time, ILogger<AlarmNotices> logger, WebhookStore? webhooks = null) : BackgroundService
{
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, Alarm> _told = new(StringComparer.Ordinal);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        board.Changed += Ring;
        Ring();
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        board.Changed -= Ring;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (Alarm alarm in board.Current.Where(a => a.Told is not null))
        {
            _told[alarm.Name] = alarm;   // told before the restart
        }

        while (await _bell.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(options.CurrentValue.Gather, time, stoppingToken);
            _bell.Reader.TryRead(out _);
            try
            {
                await TellAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                NotTold(fault);
            }
        }
    }

    internal async Task TellAsync(CancellationToken cancellationToken)
    {
        AlarmSeverity least = options.CurrentValue.Least;
        IReadOnlyList<Alarm> current = board.Current;
        Alarm[] raised =
        [
            .. current.Where(a => a.Severity >= least && a.Silenced is null && a.Acknowledged is null && !(a.Told >= a.Severity)),
        ];
        Alarm[] ended = [.. _told.Values.Where(t => current.All(a => a.Name != t.Name))];
        foreach (Alarm alarm in raised)
        {
            _told[alarm.Name] = alarm;
            board.NoteTold(alarm.Name, alarm.Severity);
        }

        foreach (Alarm alarm in ended)
        {
            _told.Remove(alarm.Name);
        }

        if (raised.Length + ended.Length == 0)
        {
            return;
        }

        Hook(WebhookEvent.AlarmRaised, raised);
        Hook(WebhookEvent.AlarmEnded, ended);
        await mail.SendAsync(raised, ended, cancellationToken);
    }

    private void Hook(string type, IReadOnlyList<Alarm> alarms)
    {
        if (webhooks is null || alarms.Count == 0 || !webhooks.Wants(type))
        {
            return;
        }

        DateTimeOffset now = time.GetUtcNow();
        webhooks.Put(
            alarms.Select(a => new WebhookEvent(
                $"evt_alarm_{Guid.CreateVersion7(now):N}", a.Name, type,
                JsonSerializer.SerializeToUtf8Bytes(new AlarmBody(type, now, AlarmView.Of(a)), AlarmBodyJson.Default.AlarmBody))),
            [.. webhooks.Endpoints.Where(e => e.Disabled is null)]);
    }

    private void Ring() => _bell.Writer.TryWrite(true);

    [LoggerMessage(9201, LogLevel.Warning, "Nobody could be told of an alarm")]
    private partial void NotTold(Exception fault);
}

internal sealed record AlarmBody(string Type, DateTimeOffset Timestamp, AlarmView Data);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AlarmBody))]
internal sealed partial class AlarmBodyJson : JsonSerializerContext;
