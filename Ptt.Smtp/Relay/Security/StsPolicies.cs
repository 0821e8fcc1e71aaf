using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Smtp.Relay.Security;

/// <summary>
/// MTA-STS policies of other domains (RFC 8461), kept for their max_age. The TXT record says whether there is a new one; a policy that
/// was had once stays in force when it cannot be fetched, until its time is over: that is what defends it against being kept from us.
/// </summary>
public sealed partial class StsPolicies(IResolver resolver, IStsFetcher fetcher, TimeProvider time, ILogger<StsPolicies> logger, IStsStore? store = null)
{
    private const int MaxDomains = 20_000;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(5), AskAgain = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<DomainName, Entry> _known = Remembered(store, time);
    private readonly ConcurrentDictionary<DomainName, Lazy<Task<Entry>>> _asking = [];

    /// <summary>Trusted for MX hosts instead of the system's authorities; null outside tests.</summary>
    public X509Certificate2Collection? TrustAnchors => fetcher.TrustAnchors;

    public async ValueTask<StsAnswer> ForAsync(DomainName domain, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(domain, out Entry? entry) && time.GetElapsedTime(entry.AskedAt) < entry.AskAfter)
        {
            return InForce(entry);
        }

        // Many messages wait for one answer.
        Lazy<Task<Entry>> asking = _asking.GetOrAdd(domain, d => new Lazy<Task<Entry>>(() => AskAsync(d, _known.GetValueOrDefault(d))));
        return InForce(await asking.Value.WaitAsync(cancellationToken).ConfigureAwait(false));
    }

    private StsAnswer InForce(Entry entry) =>
        entry.Answer.Policy is not { } policy || time.GetElapsedTime(entry.FetchedAt) < policy.MaxAge ? entry.Answer : StsAnswer.None;

    private async Task<Entry> AskAsync(DomainName domain, Entry? before)
    {
        try
        {
            Entry entry = await RefreshAsync(domain, before).ConfigureAwait(false);
            if (_known.Count >= MaxDomains)
            {
                _known.Clear();
            }

            return _known[domain] = entry;
        }
        finally
        {
            _asking.TryRemove(domain, out _);
        }
    }

    private async Task<Entry> RefreshAsync(DomainName domain, Entry? before)
    {
        long now = time.GetTimestamp();
        DnsAnswer answer = domain.TryBelow("_mta-sts", out DomainName record)
            ? await resolver.QueryAsync(record, RecordType.Txt, CancellationToken.None).ConfigureAwait(false)
            : new DnsAnswer.NoSuchName();
        string? id = answer is DnsAnswer.Found found ? IdOf([.. found.Data<RecordData.Txt>().Select(t => t.Text)]) : null;
        StsPolicy? had = before?.Answer.Policy;
        if (id is null || (had is not null && id == before!.Id && time.GetElapsedTime(before.FetchedAt) < had.MaxAge / 2))
        {
            // No record (any more), or nothing new: what we have stays in force until its time is over (§5.1).
            return before is null ? new Entry(null, StsAnswer.None, now, now, AskAgain) : before with { AskedAt = now, AskAfter = AskAgain };
        }

        StsFetch fetched = await fetcher.FetchAsync(domain, CancellationToken.None).ConfigureAwait(false);
        if (fetched.Text is null || !StsPolicy.TryParse(fetched.Text, out StsPolicy? policy))
        {
            var fault = new StsFault(
                fetched.Text is not null ? TlsResult.StsPolicyInvalid : fetched.Certificate ? TlsResult.StsWebPkiInvalid : TlsResult.StsPolicyFetchError,
                fetched.Fault ?? "it is not a policy");
            PolicyNotFetched(domain, fault.Words);
            // RFC 8461 §3.3: what was had before stays in force.
            return had is null ? new Entry(null, new StsAnswer(null, fault), now, now, AfterFailure) : before! with { AskedAt = now, AskAfter = AfterFailure };
        }

        store?.Save(new KeptSts(domain.ToString(), id, fetched.Text, time.GetUtcNow()));
        return new Entry(id, new StsAnswer(policy, null), now, now, AskAgain);
    }

    private static ConcurrentDictionary<DomainName, Entry> Remembered(IStsStore? store, TimeProvider time)
    {
        long now = time.GetTimestamp();
        var known = new ConcurrentDictionary<DomainName, Entry>();
        foreach (KeptSts kept in store?.Load() ?? [])
        {
            TimeSpan age = time.GetUtcNow() - kept.FetchedAt;
            if (DomainName.TryParse(kept.Domain, out DomainName domain) && StsPolicy.TryParse(kept.Text, out StsPolicy? policy) && age < policy.MaxAge)
            {
                // The monotonic clock has no yesterday of its own: the age is what the wall clock says. Asked about at once, for DNS may know better.
                long fetched = now - (long)(Math.Max(0, age.TotalSeconds) * time.TimestampFrequency);
                known[domain] = new Entry(kept.Id, new StsAnswer(policy, null), fetched, now, TimeSpan.Zero);
            }
        }

        return known;
    }

    /// <summary>§3.1: exactly one record that begins with v=STSv1, and it has an id.</summary>
    internal static string? IdOf(IReadOnlyList<string> texts)
    {
        string[] records = [.. texts.Where(t => t.StartsWith("v=STSv1;", StringComparison.Ordinal))];
        if (records is not [{ } record])
        {
            return null;
        }

        string? id = record.Split(';', StringSplitOptions.TrimEntries).FirstOrDefault(f => f.StartsWith("id=", StringComparison.Ordinal))?[3..];
        return id is { Length: > 0 and <= 32 } && id.All(char.IsAsciiLetterOrDigit) ? id : null;
    }

    private sealed record Entry(string? Id, StsAnswer Answer, long FetchedAt, long AskedAt, TimeSpan AskAfter);

    [LoggerMessage(2310, LogLevel.Warning, "The MTA-STS policy of {Domain} could not be fetched: {Fault}")]
    private partial void PolicyNotFetched(DomainName domain, string fault);
}
