using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains.Updates;

/// <summary>Finds the zone, sends the update to its primary, and where the prerequisite fails looks whether that is our own earlier work.</summary>
internal sealed partial class ZoneUpdater(
    ZoneFinder finder, IOptions<DnsUpdateOptions> options, TimeProvider time, ILogger<ZoneUpdater> logger, IAlarms? alarms = null) : IZoneUpdater
{
    private readonly UpdateClient _client = new(time) { Timeout = options.Value.Timeout };
    private readonly DnsTransport _transport = new(time);

    public ValueTask<ZoneTarget> FindAsync(DomainName name, CancellationToken cancellationToken) => finder.FindAsync(name, cancellationToken);

    public async ValueTask<UpdateResult> SetAsync(
        DomainName name, RecordType type, TimeSpan ttl, IReadOnlyList<RecordData> wanted, IReadOnlyList<RecordData> previous, CancellationToken cancellationToken)
    {
        ZoneTarget found = await finder.FindAsync(name, cancellationToken);
        if (found is not ZoneTarget.Updatable target)
        {
            return found is ZoneTarget.Unknown unknown
                ? new UpdateResult.Failed(UpdateFailure.Unreachable, unknown.Reason)
                : new UpdateResult.Failed(UpdateFailure.NotConfigured, ((ZoneTarget.Manual)found).Reason);
        }

        ZoneUpdate update = ToUpdate(target, type, ttl, wanted, previous);
        UpdateResult result = new UpdateResult.Failed(UpdateFailure.Unreachable, $"The primary of {target.Zone} has no address.");
        foreach (IPEndPoint server in target.Primary)
        {
            result = await _client.SendAsync(update, server, target.Key, cancellationToken);
            if (result is UpdateResult.Done { ClockSkew: var skew })
            {
                TellSkew(target.Zone, server, skew);
            }

            if (result is UpdateResult.Failed { IsDrift: true } && await HasAsync(server, target.Name, type, wanted, cancellationToken))
            {
                result = new UpdateResult.Done(TimeSpan.Zero);   // an earlier try of ours arrived after all
            }

            if (result is not UpdateResult.Failed { MayHaveHappened: true })
            {
                break;
            }
        }

        Log(target, type, result);
        return result;
    }

    /// <summary>A wrong clock is bridged, and said: t= and x= of our signatures come from it too.</summary>
    private void TellSkew(DomainName zone, IPEndPoint server, TimeSpan skew)
    {
        string alarm = $"dns.clock:{zone}";
        if (skew.Duration() > Tsig.Fudge / 2)
        {
            alarms?.Raise(alarm, AlarmSeverity.Warning, $"The clock of {server}, the primary of {zone}, and ours are {skew.Duration().TotalSeconds:0} s apart. Set both clocks: our signatures carry the time too.", "/domains");
        }
        else
        {
            alarms?.Clear(alarm);
        }
    }

    private static ZoneUpdate ToUpdate(ZoneTarget.Updatable target, RecordType type, TimeSpan ttl, IReadOnlyList<RecordData> wanted, IReadOnlyList<RecordData> previous) => new(
        target.Zone,
        [previous.Count == 0 ? new Prerequisite.Absent(target.Name, type) : new Prerequisite.HasExactly(target.Name, type, previous)],
        [
            .. previous.Except(wanted).Select(data => new ZoneChange.DeleteRecord(target.Name, type, data)),
            .. wanted.Select(data => new ZoneChange.Add(new ResourceRecord(target.Name, type, ttl, data))),
        ]);

    /// <summary>Reads back from the primary itself.</summary>
    private async ValueTask<bool> HasAsync(IPEndPoint server, DomainName name, RecordType type, IReadOnlyList<RecordData> wanted, CancellationToken cancellationToken)
    {
        var query = new DnsMessage { Questions = [new Question(name, type)], Edns = Edns.Default };
        if (await _transport.TcpAsync(server, query, options.Value.Timeout, cancellationToken) is not Exchange.Answered { Message: { IsAuthoritative: true } reply })
        {
            return false;
        }

        IEnumerable<RecordData> seen = AnswerReader.Read(reply, name, type, out _) is DnsAnswer.Found found ? found.Records.Select(r => r.Data) : [];
        return seen.ToHashSet().SetEquals(wanted);
    }

    private void Log(ZoneTarget.Updatable target, RecordType type, UpdateResult result)
    {
        if (result is UpdateResult.Failed failed)
        {
            NotUpdated(target.Name, type, target.Zone, failed.Reason, failed.Explanation);
        }
        else
        {
            Updated(target.Name, type, target.Zone);
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "Updated {Name} {Type} in the zone {Zone}")]
    private partial void Updated(DomainName name, RecordType type, DomainName zone);

    [LoggerMessage(3002, LogLevel.Warning, "Did not update {Name} {Type} in the zone {Zone} ({Reason}): {Explanation}")]
    private partial void NotUpdated(DomainName name, RecordType type, DomainName zone, UpdateFailure reason, string explanation);
}
