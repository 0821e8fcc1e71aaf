using System.Collections.Concurrent;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Signing;
using Ptt.Web.Alarms;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys;

/// <summary>
/// Before mail leaves: would the world verify our signatures? The records are asked for as a receiver would, through the resolver; the answer is kept for some
/// minutes, so that a message costs nothing. A record that is gone or other than ours holds the domain's mail and raises an alarm. A resolver that does not answer
/// holds nothing: every authoritative server has shown the record before.
/// </summary>
internal sealed class SelfCheck(IResolver resolver, IAlarms alarms, TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan BadFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(DomainName, string), Verdict> _verdicts = new();

    /// <summary>The decision of <paramref name="signing"/> if DNS agrees with it, else <see cref="SigningDecision.Unavailable"/>.</summary>
    public ValueTask<SigningDecision> ConfirmAsync(DomainName domain, DomainSigning signing, CancellationToken cancellationToken)
    {
        IReadOnlyList<IDkimKey> keys = ((SigningDecision.Sign)signing.Decision).Keys;
        for (int i = 0; i < keys.Count; i++)
        {
            if (!_verdicts.TryGetValue((domain, keys[i].Selector), out Verdict? verdict) || verdict.Fault is not null || verdict.IsOver(time))
            {
                return AskAsync(domain, signing, keys, cancellationToken);
            }
        }

        return ValueTask.FromResult(signing.Decision);
    }

    private async ValueTask<SigningDecision> AskAsync(
        DomainName domain, DomainSigning signing, IReadOnlyList<IDkimKey> keys, CancellationToken cancellationToken)
    {
        foreach (IDkimKey key in keys)
        {
            if (!_verdicts.TryGetValue((domain, key.Selector), out Verdict? verdict) || verdict.IsOver(time))
            {
                verdict = new Verdict(await FaultAsync(domain, signing.Ring!.Find(key.Selector)!, cancellationToken), time.GetTimestamp());
                _verdicts[(domain, key.Selector)] = verdict;
                Tell(domain, key.Selector, verdict);
            }

            if (verdict.Fault is not null)
            {
                return new SigningDecision.Unavailable(verdict.Fault);
            }
        }

        return signing.Decision;
    }

    private async ValueTask<string?> FaultAsync(DomainName domain, KeyEntry key, CancellationToken cancellationToken)
    {
        DomainName name = domain.Below($"{key.Selector}._domainkey");
        return await resolver.QueryAsync(name, RecordType.Txt, cancellationToken) switch
        {
            DnsAnswer.Found found when found.Data<RecordData.Txt>().Select(t => t.Text).ToArray() is [var one] && one == key.Record => null,
            DnsAnswer.Found => $"The resolver shows something else than our record at {name}: signatures would not verify.",
            DnsAnswer.Failed => null,

            // Our own search for the zone may have made the resolver remember that there was no such name; receivers had no reason to ask.
            _ when IsNew(key) => null,
            _ => $"The resolver does not find our record at {name}: signatures would not verify.",
        };
    }

    private bool IsNew(KeyEntry key) => key.History.LastOrDefault(h => h.State == KeyState.Standby) is { } proved
        && time.GetUtcNow() - proved.At is var since && since >= TimeSpan.Zero && since < key.NegativeTtl;

    private void Tell(DomainName domain, string selector, Verdict verdict)
    {
        string alarm = $"keys.unverifiable:{domain}:{selector}";
        if (verdict.Fault is null)
        {
            alarms.Clear(alarm);
        }
        else
        {
            alarms.Raise(alarm, AlarmSeverity.Critical, $"Mail of {domain} waits. {verdict.Fault}", "/keys");
        }
    }

    private sealed record Verdict(string? Fault, long At)
    {
        public bool IsOver(TimeProvider time) => time.GetElapsedTime(At) > (Fault is null ? GoodFor : BadFor);
    }
}
