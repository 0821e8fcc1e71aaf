using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Mail.Dkim;

/// <summary>What DNS says about a key (RFC 6376 §6.1.2).</summary>
public abstract record KeyLookup
{
    public sealed record Found(KeyRecord Record) : KeyLookup;

    /// <summary>No key that can be used, now or later.</summary>
    public sealed record Unusable(string Detail) : KeyLookup;

    public sealed record Unreachable(string Detail) : KeyLookup;

    /// <summary>Asks for the TXT record at <c>selector._domainkey.domain</c>.</summary>
    public static async ValueTask<KeyLookup> AskAsync(IResolver resolver, DomainName keyName, CancellationToken cancellationToken)
    {
        switch (await resolver.QueryAsync(keyName, RecordType.Txt, cancellationToken))
        {
            case DnsAnswer.Failed failed:
                return new Unreachable(failed.Detail);
            case DnsAnswer.Found found:
                string[] texts = [.. found.Data<RecordData.Txt>().Select(t => t.Text)];
                return texts switch
                {
                    // §3.6.2.2: several records at the name have undefined results.
                    { Length: > 1 } => new Unusable("there are several records at the key's name"),
                    { Length: 1 } when KeyRecord.TryParse(texts[0], out KeyRecord? record) => new Found(record),
                    _ => new Unusable("the key record cannot be read"),
                };
            default:
                return new Unusable("there is no key record");
        }
    }
}
