using Ptt.Dns.Messages;

namespace Ptt.Dns.Resolving;

/// <summary>What a reply says about a question: follows the CNAMEs that are in it, and tells the two ways of no apart (RFC 2308 §2).</summary>
public static class AnswerReader
{
    private const int MaxAliases = 12;

    /// <summary>The reply's answer; <paramref name="next"/> is set when it stops at an alias whose target the server left to us.</summary>
    public static DnsAnswer Read(DnsMessage reply, DomainName name, RecordType type, out DomainName? next)
    {
        next = null;
        DomainName at = name;
        for (int aliases = 0; aliases <= MaxAliases; aliases++)
        {
            ResourceRecord[] found =
            [
                .. reply.Answers.Where(r => r.Name == at && r.Class == RecordClass.IN && (r.Type == type || type == RecordType.Any)).Distinct(),
            ];
            if (found.Length > 0)
            {
                return new DnsAnswer.Found(found);
            }

            if (reply.Answers.FirstOrDefault(r => r.Name == at && r.Type == RecordType.CName) is not { Data: RecordData.Name(var target) })
            {
                ResourceRecord? soa = reply.Authority.FirstOrDefault(r => r.Data is RecordData.Soa);
                next = at != name && soa is null && reply.ResponseCode == ResponseCode.NoError ? at : null;
                return reply.ResponseCode == ResponseCode.NXDomain
                    ? new DnsAnswer.NoSuchName { Soa = soa }
                    : new DnsAnswer.NoData { Soa = soa };
            }

            at = target;
        }

        return new DnsAnswer.Failed(DnsFailure.Loop, $"The aliases of {name} do not end");
    }

    /// <summary>How long it may be remembered: the shortest TTL on the way, or what the SOA grants a no (RFC 2308 §5).</summary>
    public static TimeSpan Lifetime(DnsMessage reply, DnsAnswer answer, ResolverOptions options)
    {
        TimeSpan Between(TimeSpan ttl, TimeSpan ceiling) => ttl < options.TtlFloor ? options.TtlFloor : ttl > ceiling ? ceiling : ttl;
        return answer switch
        {
            DnsAnswer.Found found => Between(found.Records.Concat(reply.Answers.Where(r => r.Type == RecordType.CName)).Min(r => r.Ttl), options.TtlCeiling),
            DnsAnswer.Failed => options.FailureTtl,
            { Soa: { Data: RecordData.Soa soa } record } => Between(record.Ttl < soa.Minimum ? record.Ttl : soa.Minimum, options.NegativeTtlCeiling),
            _ => options.TtlFloor,   // §5: a no without SOA should not be cached; the floor only breaks bursts
        };
    }
}
