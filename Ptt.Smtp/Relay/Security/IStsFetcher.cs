using System.Security.Cryptography.X509Certificates;
using Ptt.Dns;

namespace Ptt.Smtp.Relay.Security;

/// <summary>Gets a policy over HTTPS (RFC 8461 §3.3). Never throws for what a web server may do.</summary>
public interface IStsFetcher
{
    X509Certificate2Collection? TrustAnchors { get; }

    ValueTask<StsFetch> FetchAsync(DomainName domain, CancellationToken cancellationToken);
}

/// <summary>The text, or what went wrong in words; <paramref name="Certificate"/>: with the web server's certificate.</summary>
public readonly record struct StsFetch(string? Text, string? Fault, bool Certificate = false);
