using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains.Posture.Spf;

/// <summary>
/// Evaluates a record for one address, as a receiver would (RFC 7208 §4 and §5), and counts on the way how many terms ask DNS. Every term is walked, also after one that
/// matched: another address of ours, or of someone else, may come that far. Macros are not expanded; a term with one matches nothing here and says so.
/// </summary>
internal sealed class SpfEvaluation(IResolver resolver, SpfEvaluation.RecordSource records)
{
    /// <summary>§4.6.4.</summary>
    public const int MaxLookups = 10;
    public const int MaxVoidLookups = 2;

    private const int MaxDepth = 12;

    private readonly HashSet<DomainName> _visiting = [];
    private readonly List<Wording> _notes = [];

    /// <summary>The texts of a domain's TXT records: those of our own zone are read at its servers.</summary>
    public delegate ValueTask<DnsAnswer> RecordSource(DomainName domain, CancellationToken cancellationToken);

    public int Lookups { get; private set; }

    public int VoidLookups { get; private set; }

    /// <summary>What is odd on the way, in words.</summary>
    public IReadOnlyList<Wording> Notes => _notes;

    public async ValueTask<SpfResult> EvaluateAsync(SpfRecord record, DomainName domain, IPAddress address, CancellationToken cancellationToken, int depth = 0)
    {
        _visiting.Add(domain);
        SpfResult? result = null;
        foreach (SpfTerm term in record.Terms.Where(t => !t.IsModifier))
        {
            Lookups += term.CostsLookup ? 1 : 0;
            SpfMatch match = await MatchAsync(term, domain, address, depth, cancellationToken);
            result ??= match switch
            {
                SpfMatch.Yes => Of(term.Qualifier),
                SpfMatch.PermError => SpfResult.PermError,
                SpfMatch.TempError => SpfResult.TempError,
                _ => null,
            };
        }

        // §6.1: redirect counts only where nothing matched and there is no all.
        SpfTerm? redirect = record.Terms.FirstOrDefault(t => t is { IsModifier: true, Name: "redirect" });
        if (redirect is not null && !record.Terms.Any(t => t is { IsModifier: false, Name: "all" }))
        {
            Lookups++;
            SpfResult far = await FarAsync(redirect, address, depth, cancellationToken);
            result ??= far == SpfResult.None ? SpfResult.PermError : far;
        }

        _visiting.Remove(domain);
        return result ?? SpfResult.Neutral;                                                          // §4.7
    }

    private async ValueTask<SpfMatch> MatchAsync(SpfTerm term, DomainName domain, IPAddress address, int depth, CancellationToken cancellationToken)
    {
        if (term.HasMacro)
        {
            _notes.Add($"{term} has a macro, which is not evaluated here");
            return SpfMatch.No;
        }

        switch (term.Name)
        {
            case "all":
                return SpfMatch.Yes;
            case "ip4" or "ip6":
                return IPNetwork.TryParse(term.Argument.Contains('/', StringComparison.Ordinal) ? term.Argument : term.Argument + (term.Name == "ip4" ? "/32" : "/128"), out IPNetwork network)
                    ? network.Contains(address) ? SpfMatch.Yes : SpfMatch.No
                    : Note($"{term} is not a network", SpfMatch.PermError);
            case "ptr":
                return Note($"{term} is slow and should not be used (RFC 7208 §5.5)", SpfMatch.No);
            case "include":
                // §5.2: only a pass of the other record is a match.
                return await FarAsync(term, address, depth, cancellationToken) switch
                {
                    SpfResult.Pass => SpfMatch.Yes,
                    SpfResult.None or SpfResult.PermError => Note($"{term} leads to no usable record", SpfMatch.PermError),
                    SpfResult.TempError => SpfMatch.TempError,
                    _ => SpfMatch.No,
                };
        }

        (string host, int v4, int v6) = Split(term.Argument);
        if (!DomainName.TryParse(host.Length > 0 ? host : domain.ToString(), out DomainName name))
        {
            return Note($"{term} names no domain", SpfMatch.PermError);
        }

        if (term.Name == "exists")
        {
            return await AskAsync(name, RecordType.A, cancellationToken) is DnsAnswer.Found ? SpfMatch.Yes : SpfMatch.No;
        }

        DomainName[] hosts = [name];
        if (term.Name == "mx")
        {
            hosts = await AskAsync(name, RecordType.Mx, cancellationToken) is DnsAnswer.Found found ? [.. found.Data<RecordData.Mx>().Select(m => m.Exchange).Take(MaxLookups)] : [];
        }

        RecordType type = address.AddressFamily == AddressFamily.InterNetwork ? RecordType.A : RecordType.Aaaa;
        foreach (DomainName at in hosts)
        {
            DnsAnswer answer = term.Name == "mx" ? await resolver.QueryAsync(at, type, cancellationToken) : await AskAsync(at, type, cancellationToken);
            if (answer is DnsAnswer.Failed)
            {
                return SpfMatch.TempError;
            }

            if (answer is DnsAnswer.Found addresses && addresses.Data<RecordData.Address>().Any(a => IsWithin(address, a.Value, type == RecordType.A ? v4 : v6)))
            {
                return SpfMatch.Yes;
            }
        }

        return SpfMatch.No;
    }

    private async ValueTask<SpfResult> FarAsync(SpfTerm term, IPAddress address, int depth, CancellationToken cancellationToken)
    {
        if (!DomainName.TryParse(term.Argument, out DomainName domain) || domain.IsRoot || term.HasMacro)
        {
            return SpfResult.PermError;
        }

        if (depth >= MaxDepth || _visiting.Contains(domain))
        {
            _notes.Add($"{term} leads in a circle");
            return SpfResult.PermError;
        }

        DnsAnswer answer = await records(domain, cancellationToken);
        string[] texts = answer is DnsAnswer.Found found ? [.. found.Data<RecordData.Txt>().Select(t => t.Text).Where(SpfRecord.IsSpf)] : [];
        VoidLookups += answer is DnsAnswer.NoData or DnsAnswer.NoSuchName ? 1 : 0;
        return (answer, texts) switch
        {
            (DnsAnswer.Failed, _) => SpfResult.TempError,
            (_, []) => SpfResult.None,
            (_, [var only]) when SpfRecord.TryParse(only, out SpfRecord? record, out _) => await EvaluateAsync(record, domain, address, cancellationToken, depth + 1),
            _ => SpfResult.PermError,                                                                // §4.5: more than one, or not readable
        };
    }

    private async ValueTask<DnsAnswer> AskAsync(DomainName name, RecordType type, CancellationToken cancellationToken)
    {
        DnsAnswer answer = await resolver.QueryAsync(name, type, cancellationToken);
        VoidLookups += answer is DnsAnswer.NoData or DnsAnswer.NoSuchName ? 1 : 0;
        return answer;
    }

    /// <summary>§5.6: <c>host/24//64</c>, each part optional.</summary>
    private static (string Host, int V4, int V6) Split(string argument)
    {
        int slash = argument.IndexOf('/', StringComparison.Ordinal);
        (string host, string cidr) = slash < 0 ? (argument, "") : (argument[..slash], argument[slash..]);
        int two = cidr.IndexOf("//", StringComparison.Ordinal);
        string four = (two < 0 ? cidr : cidr[..two]).TrimStart('/');
        string six = two < 0 ? "" : cidr[(two + 2)..];
        return (host, int.TryParse(four, NumberStyles.None, CultureInfo.InvariantCulture, out int v4) ? v4 : 32, int.TryParse(six, NumberStyles.None, CultureInfo.InvariantCulture, out int v6) ? v6 : 128);
    }

    private static bool IsWithin(IPAddress address, IPAddress other, int length)
    {
        byte[] a = address.GetAddressBytes();
        byte[] b = other.GetAddressBytes();
        return a.Length == b.Length && Enumerable.Range(0, Math.Min(length, a.Length * 8)).All(bit => ((a[bit / 8] ^ b[bit / 8]) & (0x80 >> (bit % 8))) == 0);
    }

    private SpfMatch Note(Wording note, SpfMatch match)
    {
        _notes.Add(note);
        return match;
    }

    private static SpfResult Of(char qualifier) => qualifier switch
    {
        '-' => SpfResult.Fail,
        '~' => SpfResult.SoftFail,
        '?' => SpfResult.Neutral,
        _ => SpfResult.Pass,
    };

    private enum SpfMatch
    {
        No,
        Yes,
        PermError,
        TempError,
    }
}

/// <summary>RFC 7208 §2.6.</summary>
public enum SpfResult
{
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,
    TempError,
    PermError,
}
