using Microsoft.Extensions.Options;

namespace Ptt.Web.Sandbox;

/// <summary>What has arrived in the sandbox, newest first; in memory and bounded: the oldest give way.</summary>
public sealed class SandboxInbox(IOptions<SandboxOptions> options)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<SandboxMessage> _messages = new();
    private long _octets;
    private long _received;

    /// <summary>After each change; handlers return at once.</summary>
    public event Action? Changed;

    public IReadOnlyList<SandboxMessage> Messages
    {
        get
        {
            lock (_lock)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>All that ever arrived, those that gave way included.</summary>
    public long Received => Interlocked.Read(ref _received);

    public SandboxMessage? Find(string id)
    {
        lock (_lock)
        {
            return _messages.FirstOrDefault(m => m.Id == id);
        }
    }

    public void Add(SandboxMessage message)
    {
        lock (_lock)
        {
            _messages.AddFirst(message);
            _octets += message.Size;
            _received++;
            while (_messages.Count > 1 && (_messages.Count > options.Value.InboxMessages || _octets > options.Value.InboxOctets))
            {
                _octets -= _messages.Last!.Value.Size;
                _messages.RemoveLast();
            }
        }

        Changed?.Invoke();
    }

    public void Clear()
    {
        lock (_lock)
        {
            _messages.Clear();
            _octets = 0;
        }

        Changed?.Invoke();
    }
}
