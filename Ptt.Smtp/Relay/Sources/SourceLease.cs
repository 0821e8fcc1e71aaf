using System.Net;
using System.Net.Sockets;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay.Sources;

/// <summary>The addresses that one attempt may leave from, one of each family, counted until it is disposed; then only the one that was used stays counted.</summary>
public sealed class SourceLease(SourceAddresses owner, string provider, Source? v4, Source? v6) : IDisposable
{
    /// <summary>Set: none is free. Why, and how long to wait.</summary>
    public (Reply Reply, TimeSpan Wait)? NotNow { get; init; }

    internal string Provider => provider;

    internal Source? V4 => v4;

    internal Source? V6 => v6;

    internal HashSet<IPAddress> Used { get; } = [];

    public Source? For(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? v6 : v4;

    /// <summary>False: none of our addresses of that family is free, so none of theirs is dialled.</summary>
    public bool Serves(AddressFamily family) => For(family) is not null;

    /// <summary>A message has begun its way from there.</summary>
    public void Use(IPAddress? source)
    {
        if (source is not null)
        {
            Used.Add(source);
        }
    }

    public void Dispose() => owner.Release(this);
}
