using Ptt.Dns;
using Ptt.Mail.Dkim;

namespace Ptt.Smtp.Signing;

/// <summary>The keys that sign for a domain. The signing role asks; whoever keeps the keys answers and never hands one out.</summary>
public interface ISigningKeys
{
    /// <summary>For the domain of From. Cheap: asked for every message.</summary>
    ValueTask<SigningDecision> ForAsync(DomainName fromDomain, CancellationToken cancellationToken);
}

/// <summary>What to do with a message of a domain.</summary>
public abstract record SigningDecision
{
    /// <summary>Sign with each of these, in this order.</summary>
    public sealed record Sign(IReadOnlyList<IDkimKey> Keys) : SigningDecision;

    /// <summary>A domain of someone else: nothing of ours to sign with.</summary>
    public sealed record NotOurs : SigningDecision;

    /// <summary>The domain should be signed and cannot be now: 451 4.7.5, never unsigned.</summary>
    public sealed record Unavailable(string Reason) : SigningDecision;
}
