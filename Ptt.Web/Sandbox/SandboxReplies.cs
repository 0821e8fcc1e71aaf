using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;

namespace Ptt.Web.Sandbox;

/// <summary>
/// From the octets of a message to the octets of the reply. Authoritative for its zones, and for everything else a root that knows of nothing, so
/// that a stub resolver can ask it too. Updates must be signed and are carried out once.
/// </summary>
internal sealed class SandboxReplies(IReadOnlyList<SandboxZone> zones, IReadOnlyList<TsigKey> keys, TimeProvider time)
{
    private const int PlainUdpLength = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _seen = [];

    /// <summary>Null for what deserves no reply.</summary>
    public byte[]? Reply(ReadOnlySpan<byte> octets, bool overUdp)
    {
        if (octets.Length < DnsMessage.HeaderLength || (octets[2] & 0x80) != 0)
        {
            return null;
        }

        DateTimeOffset now = time.GetUtcNow();
        if (!DnsMessage.TryDecode(octets, out DnsMessage? query))
        {
            ushort id = (ushort)((octets[0] << 8) | octets[1]);
            return new DnsMessage { Id = id, IsResponse = true, ResponseCode = ResponseCode.FormErr }.Encode();
        }

        TsigVerdict verdict = Tsig.Verify(octets, keys, now);
        DnsMessage reply = (verdict switch
        {
            TsigVerdict.Malformed => new DnsMessage { ResponseCode = ResponseCode.FormErr },
            TsigVerdict.Rejected or TsigVerdict.BadTime => new DnsMessage { ResponseCode = ResponseCode.NotAuth },
            _ => Handle(query, verdict, now),
        }) with
        {
            Id = query.Id,
            Opcode = query.Opcode,
            IsResponse = true,
            RecursionDesired = query.RecursionDesired,
            RecursionAvailable = query.Opcode == Opcode.Query,
            Questions = query.Questions,
            Edns = query.Edns is null ? null : Edns.Default,
        };

        byte[] encoded = reply.Encode();
        if (overUdp && encoded.Length > Math.Max(PlainUdpLength, Math.Min(query.Edns?.PayloadSize ?? 0, Edns.Default.PayloadSize)))
        {
            encoded = (reply with { IsTruncated = true, Answers = [], Authority = [], Additional = [] }).Encode();
        }

        EchoCase(octets, encoded);
        return Tsig.SignReply(encoded, verdict, now);
    }

    private DnsMessage Handle(DnsMessage query, TsigVerdict verdict, DateTimeOffset now) => query switch
    {
        { Questions: not [_] } => new DnsMessage { ResponseCode = ResponseCode.FormErr },
        { Opcode: Opcode.Query } => Answer(query.Questions[0]),
        { Opcode: Opcode.Update } => Update(query, verdict, now),
        _ => new DnsMessage { ResponseCode = ResponseCode.NotImp },
    };

    private DnsMessage Answer(Question question)
    {
        var answers = new List<ResourceRecord>();
        DomainName name = question.Name;
        for (int crossings = 0; crossings < 8; crossings++)
        {
            if (Find(name) is not { } zone)
            {
                return answers.Count > 0
                    ? new DnsMessage { Answers = answers }
                    : new DnsMessage { ResponseCode = ResponseCode.NXDomain, Authority = [ResourceRecord.Parse(". 5 SOA . . 1 60 30 3600 5")] };
            }

            DnsMessage part = zone.Answer(name, question.Type);
            answers.AddRange(part.Answers);
            if (part.Authority.Count > 0 || question.Type == RecordType.CName || part.Answers is not [.., { Type: RecordType.CName, Data: RecordData.Name(var target) }])
            {
                return part with { Answers = answers, IsAuthoritative = true };
            }

            name = target;   // the alias leads into another zone of ours
        }

        return new DnsMessage { ResponseCode = ResponseCode.ServFail };
    }

    private DnsMessage Update(DnsMessage update, TsigVerdict verdict, DateTimeOffset now)
    {
        if (verdict is not TsigVerdict.Valid valid || IsRepeated(valid, now))
        {
            return new DnsMessage { ResponseCode = ResponseCode.Refused };
        }

        if (update.Questions[0] is not { Type: RecordType.Soa, Class: RecordClass.IN })
        {
            return new DnsMessage { ResponseCode = ResponseCode.FormErr };                                     // RFC 2136 §3.1.1
        }

        return zones.FirstOrDefault(z => z.Name == update.Questions[0].Name) is { } zone
            ? new DnsMessage { ResponseCode = zone.Change(records => SandboxZoneUpdate.Apply(zone.Name, records, update)) }
            : new DnsMessage { ResponseCode = ResponseCode.NotAuth };                                          // §3.1.2
    }

    /// <summary>Within the fudge a signed message could be played again; each MAC counts once (RFC 8945 §10).</summary>
    private bool IsRepeated(TsigVerdict.Valid valid, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (string old in _seen.Where(s => now - s.Value > 2 * Tsig.Fudge).Select(s => s.Key).ToArray())
            {
                _seen.Remove(old);
            }

            return !_seen.TryAdd(Convert.ToHexString(valid.Mac), now);
        }
    }

    private SandboxZone? Find(DomainName name) => zones.Where(z => name.IsWithin(z.Name)).MaxBy(z => z.Name.Labels.Length);

    /// <summary>The question goes back with the letters' case as it came: stub resolvers compare it.</summary>
    private static void EchoCase(ReadOnlySpan<byte> query, byte[] reply)
    {
        int at = DnsMessage.HeaderLength;
        while (at < query.Length && at < reply.Length && query[at] is var length and > 0 and < 64)
        {
            query.Slice(at + 1, length).CopyTo(reply.AsSpan(at + 1));
            at += 1 + length;
        }
    }
}
