using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Signing;
using Ptt.Web.Domains;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys;

/// <summary>
/// Answers for every message which keys sign it, out of memory. A domain of ours that has no good key now is
/// <see cref="SigningDecision.Unavailable"/>: its mail waits, it never leaves unsigned.
/// </summary>
internal sealed class SigningKeys : ISigningKeys
{
    private readonly ConcurrentDictionary<DomainName, DomainSigning> _domains = new();
    private readonly IOwnDomains _own;
    private readonly KeyVault _vault;
    private readonly SelfCheck _selfCheck;
    private readonly bool _walkUp;

    public SigningKeys(IOwnDomains own, KeyVault vault, SelfCheck selfCheck, IOptions<KeysOptions> options)
    {
        _own = own;
        _vault = vault;
        _selfCheck = selfCheck;
        _walkUp = options.Value.WalkUp;
        foreach (IDkimKey key in FixedKeys.Of(options.Value))
        {
            _domains[key.Domain] = new DomainSigning(new SigningDecision.Sign([key]), null, IsFixed: true);
        }
    }

    /// <summary>Domains whose imported key signs.</summary>
    public IEnumerable<IDkimKey> Fixed => _domains.Values.Where(d => d.IsFixed).SelectMany(d => ((SigningDecision.Sign)d.Decision).Keys);

    public ValueTask<SigningDecision> ForAsync(DomainName fromDomain, CancellationToken cancellationToken)
    {
        for (DomainName domain = fromDomain; !domain.IsRoot; domain = domain.Parent)
        {
            if (_domains.TryGetValue(domain, out DomainSigning? signing) && (signing.IsFixed || _own.Contains(domain)))
            {
                return signing.Ring is null || signing.Decision is not SigningDecision.Sign
                    ? ValueTask.FromResult(signing.Decision)
                    : _selfCheck.ConfirmAsync(domain, signing, cancellationToken);
            }

            if (_own.Contains(domain))
            {
                return ValueTask.FromResult<SigningDecision>(new SigningDecision.Unavailable($"The first key of {domain} is being made."));
            }

            if (!_walkUp)
            {
                break;
            }
        }

        return ValueTask.FromResult<SigningDecision>(new SigningDecision.NotOurs());
    }

    /// <summary>What signs for the domain now; null before its ring was read.</summary>
    public SigningDecision? Current(DomainName domain) => _domains.TryGetValue(domain, out DomainSigning? signing) ? signing.Decision : null;

    /// <summary>Takes the keys of a ring that was just saved.</summary>
    public void Take(DomainName domain, KeyRing ring, KeyPolicy policy)
    {
        if (_domains.TryGetValue(domain, out DomainSigning? known) && known.IsFixed)
        {
            return;
        }

        _domains[domain] = new DomainSigning(Decide(domain, ring, policy), ring, IsFixed: false);
    }

    private SigningDecision Decide(DomainName domain, KeyRing ring, KeyPolicy policy)
    {
        var keys = new List<IDkimKey>();
        foreach (KeyKind kind in policy.Algorithms)
        {
            KeyEntry? active = ring.Find(kind.Name, KeyState.Active);
            IDkimKey? key = null;
            string? fault = active switch
            {
                null => $"The {kind} key of {domain} is not ready.",
                { Fault: KeyFault.None } => (key = _vault.TryOpen(domain, active.Selector, out string? unreadable)) is null ? $"The {kind} key of {domain}: {unreadable}" : null,
                { Trouble: { } trouble } => $"The {kind} key of {domain}: {trouble}",
                _ => $"The record of the {kind} key of {domain} is not as it should be.",
            };
            if (key is not null)
            {
                keys.Add(key);
            }
            else if (kind == policy.Algorithms[0])
            {
                // Many verifiers know only RSA: a signature of the second kind alone would not count for them.
                return new SigningDecision.Unavailable(fault!);
            }
        }

        return new SigningDecision.Sign(keys);
    }
}

/// <summary>What signs for a domain, and the ring it was taken from (null for an imported key).</summary>
internal sealed record DomainSigning(SigningDecision Decision, KeyRing? Ring, bool IsFixed);
