using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Dns.Transport;

/// <summary>What came of sending one message to one server.</summary>
public abstract record Exchange
{
    /// <summary>A reply to this very question; <see cref="Octets"/> is what TSIG is computed over.</summary>
    public sealed record Answered(DnsMessage Message, ReadOnlyMemory<byte> Octets) : Exchange;

    public sealed record Failed(DnsFailure Reason, string Detail) : Exchange;
}
