using System.Collections.Concurrent;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Tests.Support;

/// <summary>
/// DNS as a table of master-file lines: <c>new StaticResolver("example.com MX 10 mx.example.com", "mx.example.com A 192.0.2.1")</c>. What is not in the
/// table does not exist; <see cref="Fail(string, DnsFailure)"/> makes a name unanswerable.
/// </summary>
internal sealed class StaticResolver : IResolver
{
    private readonly Lock _lock = new();
    private readonly List<ResourceRecord> _records;
    private readonly Dictionary<DomainName, DnsFailure> _failures = [];

    public StaticResolver(params string[] lines) => _records = [.. lines.Select(ResourceRecord.Parse)];

    /// <summary>What the AD bit of every answer says.</summary>
    public bool Authenticated { get; set; }

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<(DomainName Name, RecordType Type)> Questions { get; } = [];

    public StaticResolver Add(params string[] lines)
    {
        lock (_lock)
        {
            _records.AddRange(lines.Select(ResourceRecord.Parse));
        }

        return this;
    }

    /// <summary>Takes away every record of the name, or those of one type.</summary>
    public StaticResolver Remove(string name, RecordType? type = null)
    {
        lock (_lock)
        {
            _records.RemoveAll(record => record.Name == DomainName.Parse(name) && (type is null || record.Type == type));
        }

        return this;
    }

    public StaticResolver Fail(string name, DnsFailure reason = DnsFailure.Timeout)
    {
        lock (_lock)
        {
            _failures[DomainName.Parse(name)] = reason;
        }

        return this;
    }

    /// <summary>Undoes <see cref="Fail"/>.</summary>
    public StaticResolver Mend(string name)
    {
        lock (_lock)
        {
            _failures.Remove(DomainName.Parse(name));
        }

        return this;
    }

    public ValueTask<DnsAnswer> QueryAsync(DomainName name, RecordType type, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Questions.Enqueue((name, type));
        lock (_lock)
        {
            return ValueTask.FromResult(Answer(name, type) with { Authenticated = Authenticated });
        }
    }

    private DnsAnswer Answer(DomainName name, RecordType type)
    {
        for (int hops = 0; hops < 8; hops++)
        {
            if (_failures.TryGetValue(name, out DnsFailure reason))
            {
                return new DnsAnswer.Failed(reason, $"{name} fails in this test");
            }

            ResourceRecord[] found = [.. _records.Where(r => r.Name == name && (type == RecordType.Any || r.Type == type))];
            if (found.Length > 0)
            {
                return new DnsAnswer.Found(found);
            }

            if (_records.FirstOrDefault(r => r.Name == name && r.Type == RecordType.CName) is not { Data: RecordData.Name(var target) })
            {
                return _records.Any(r => r.Name.IsWithin(name)) ? new DnsAnswer.NoData() : new DnsAnswer.NoSuchName();
            }

            name = target;
        }

        return new DnsAnswer.Failed(DnsFailure.Loop, $"CNAMEs at {name} go in a circle");
    }
}
