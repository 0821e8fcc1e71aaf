using Ptt.Dns;
using Ptt.Dns.Messages;

namespace Ptt.Web.Sandbox;

/// <summary>One zone of the sandbox's world, in memory. Readers and the one writer (<see cref="SandboxZoneUpdate"/>) take turns.</summary>
internal sealed class SandboxZone
{
    private const int MaxAliases = 8;

    /// <summary>Short, so that what changes in the sandbox is seen at once.</summary>
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private List<ResourceRecord> _records;

    private SandboxZone(DomainName name, List<ResourceRecord> records) => (Name, _records) = (name, records);

    public DomainName Name { get; }

    public uint Serial => ((RecordData.Soa)Soa.Data).Serial;

    public ResourceRecord Soa
    {
        get
        {
            lock (_lock)
            {
                return _records.First(r => r.Type == RecordType.Soa && r.Name == Name);
            }
        }
    }

    /// <summary>Lines of a master file with absolute names. SOA, NS and the name server's address are added when the lines have none.</summary>
    public static SandboxZone Parse(DomainName name, params IEnumerable<string> lines)
    {
        List<ResourceRecord> records = [.. lines.Select(ResourceRecord.Parse)];
        if (records.FirstOrDefault(r => r.Name == name && r.Type == RecordType.NS) is not { Data: RecordData.Name(var server) })
        {
            server = name.Below("ns");
            records.Insert(0, ResourceRecord.Parse($"{name} {Ttl.TotalSeconds} NS {server}"));
            records.Add(ResourceRecord.Parse($"{server} {Ttl.TotalSeconds} A 127.0.0.1"));
        }

        if (!records.Any(r => r.Name == name && r.Type == RecordType.Soa))
        {
            records.Insert(0, ResourceRecord.Parse($"{name} {Ttl.TotalSeconds} SOA {server} hostmaster.{name} 1 60 30 3600 {Ttl.TotalSeconds}"));
        }

        return new SandboxZone(name, records);
    }

    public IReadOnlyList<ResourceRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>RFC 1034 §4.3.2 without delegations: records, or the SOA with a no. Aliases inside the zone are followed.</summary>
    public DnsMessage Answer(DomainName name, RecordType type)
    {
        IReadOnlyList<ResourceRecord> all = Records;
        var answers = new List<ResourceRecord>();
        for (int aliases = 0; aliases < MaxAliases && name.IsWithin(Name); aliases++)
        {
            ResourceRecord[] here = [.. all.Where(r => r.Name == name)];
            ResourceRecord[] found = [.. here.Where(r => r.Type == type || type == RecordType.Any)];
            answers.AddRange(found);
            if (found.Length > 0)
            {
                break;
            }

            if (here.FirstOrDefault(r => r.Type == RecordType.CName) is not { Data: RecordData.Name(var target) } alias)
            {
                return new DnsMessage
                {
                    ResponseCode = all.Any(r => r.Name.IsWithin(name)) ? ResponseCode.NoError : ResponseCode.NXDomain,
                    Answers = answers,
                    Authority = [Soa],
                };
            }

            answers.Add(alias);
            name = target;
        }

        return new DnsMessage { Answers = answers };
    }

    /// <summary>Carries out <paramref name="change"/> on the records. It answers null to keep everything as it was.</summary>
    public ResponseCode Change(Func<IReadOnlyList<ResourceRecord>, (ResponseCode Code, List<ResourceRecord>? Records)> change)
    {
        lock (_lock)
        {
            (ResponseCode code, List<ResourceRecord>? records) = change(_records);
            _records = records ?? _records;
            return code;
        }
    }
}
