using Ptt.Dns.Messages;

namespace Ptt.Dns.Resolving;

/// <summary>Answers until their time is over; the one that was used longest ago goes when there are too many.</summary>
internal sealed class AnswerCache(int capacity, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(DomainName, RecordType), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    public DnsAnswer? Find(DomainName name, RecordType type)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((name, type), out LinkedListNode<Entry>? node))
            {
                return null;
            }

            _byUse.Remove(node);
            if (time.GetElapsedTime(node.Value.Since) >= node.Value.Lifetime)
            {
                _entries.Remove((name, type));
                return null;
            }

            _byUse.AddFirst(node);
            return node.Value.Answer;
        }
    }

    public void Add(DomainName name, RecordType type, DnsAnswer answer, TimeSpan lifetime)
    {
        if (lifetime <= TimeSpan.Zero)
        {
            return;
        }

        lock (_lock)
        {
            if (_entries.Remove((name, type), out LinkedListNode<Entry>? old))
            {
                _byUse.Remove(old);
            }

            while (_entries.Count >= capacity && _byUse.Last is { } last)
            {
                _byUse.RemoveLast();
                _entries.Remove(last.Value.Key);
            }

            _entries[(name, type)] = _byUse.AddFirst(new Entry((name, type), answer, time.GetTimestamp(), lifetime));
        }
    }

    private sealed record Entry((DomainName, RecordType) Key, DnsAnswer Answer, long Since, TimeSpan Lifetime);
}
