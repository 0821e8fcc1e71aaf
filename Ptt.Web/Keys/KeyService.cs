using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Signing;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;

namespace Ptt.Web.Keys;

/// <summary>What pages and the API can see of keys and ask for. Every change is in the audit log.</summary>
internal sealed class KeyService(KeyWorker worker, SigningKeys signing, IAuditLog audit)
{
    /// <summary>Raised after any ring changed.</summary>
    public event Action? Changed
    {
        add => worker.Changed += value;
        remove => worker.Changed -= value;
    }

    public IReadOnlyList<DomainKeysView> List() =>
        [.. worker.Domains.Concat(signing.Fixed.Select(k => k.Domain)).Distinct().Order().Select(d => Find(d)!)];

    public DomainKeysView? Find(DomainName domain)
    {
        if (signing.Fixed.FirstOrDefault(k => k.Domain == domain) is { } pinned)
        {
            return new DomainKeysView(domain.ToString(), Ready: true, null, Pinned: true, [PinnedView(pinned)]);
        }

        if (!worker.Domains.Contains(domain))
        {
            return null;
        }

        KeyKeeper keeper = worker.KeeperOf(domain)!;
        KeyRing ring = keeper.Ring;
        string? reason = signing.Current(domain) switch
        {
            _ when ring.LostAt is not null => "The domain is no longer ours; its keys are being withdrawn.",
            SigningDecision.Unavailable unavailable => unavailable.Reason,
            SigningDecision.Sign => null,
            _ => "Its keys have not been looked at yet.",
        };
        return new DomainKeysView(domain.ToString(), reason is null, reason, Pinned: false, [.. ring.Keys.Reverse().Select(k => View(domain, keeper, ring, k))]);
    }

    /// <summary>Lets the standby keys take over now; where one is not ready yet, as soon as it is.</summary>
    public async ValueTask<KeyVerdict> RotateAsync(DomainName domain, string actor, CancellationToken cancellationToken)
    {
        if (Find(domain) is not { } view)
        {
            return new KeyVerdict.Missing();
        }

        if (view.Pinned || worker.KeeperOf(domain) is not { Policy.Rotates: true } keeper)
        {
            return new KeyVerdict.Refused("The key of this domain is fixed by the configuration and is not rotated.");
        }

        await audit.RecordAsync(actor, "key.rotate", domain.ToString(), null, cancellationToken);
        await worker.ChangeAsync(domain, (ring, _) => ring with { RotateNow = [.. keeper.Policy.Algorithms.Select(k => k.Name)] }, cancellationToken);
        string[] waiting = [.. keeper.Ring.RotateNow];
        return new KeyVerdict.Done(waiting.Length == 0
            ? "The standby keys sign from now on."
            : (Wording)$"Asked for. {string.Join(", ", waiting)} will change as soon as a new key is proved.");
    }

    /// <summary>Withdraws a key at once: its record says so from now on, and mail that it signed verifies no more.</summary>
    public async ValueTask<KeyVerdict> RevokeAsync(DomainName domain, string selector, bool force, string actor, CancellationToken cancellationToken)
    {
        if (worker.KeeperOf(domain)?.Ring.Find(selector) is not { } key || !worker.Domains.Contains(domain))
        {
            return signing.Fixed.Any(k => k.Domain == domain)
                ? new KeyVerdict.Refused("This key is fixed by the configuration: take it out there.")
                : new KeyVerdict.Missing();
        }

        KeyRing ring = worker.KeeperOf(domain)!.Ring;
        KeyEntry? standby = ring.Find(key.Algorithm, KeyState.Standby);
        switch (key.State)
        {
            case KeyState.Revoked or KeyState.Removed:
                return new KeyVerdict.Done("It was withdrawn before.");
            case KeyState.Active when !force:
                return new KeyVerdict.NeedsForce(standby is { Fault: KeyFault.None }
                    ? (Wording)$"{selector} signs now. {standby.Selector} is ready and will take over at once. Mail signed with {selector} that is still on its way will not verify any more."
                    : $"{selector} signs now, and no other key is ready: mail of {domain} will wait until a new key is published and proved. Mail on its way will not verify any more.");
            case KeyState.Standby or KeyState.Retiring when !force:
                return new KeyVerdict.NeedsForce(key.State == KeyState.Standby
                    ? (Wording)$"{selector} is the key that would take over in an emergency; another one will be made."
                    : $"Mail signed with {selector} may still be on its way and will not verify any more.");
        }

        await audit.RecordAsync(actor, "key.revoke", $"{domain} {selector}", force ? "forced" : null, cancellationToken);
        await worker.ChangeAsync(domain, (now, at) => Withdraw(now, selector, at), cancellationToken);
        KeyEntry after = worker.KeeperOf(domain)!.Ring.Find(selector)!;
        return new KeyVerdict.Done(after.State is KeyState.Revoked or KeyState.Removed
            ? "It is withdrawn."
            : (Wording)$"It signs no more. Its record is still to be changed: {after.Trouble}");
    }

    /// <summary>Looks at the records now instead of at the next check.</summary>
    public async ValueTask<KeyVerdict> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        if (!worker.Domains.Contains(domain))
        {
            return new KeyVerdict.Missing();
        }

        await worker.ChangeAsync(domain, (ring, _) => ring with
        {
            Keys = [.. ring.Keys.Select(k => k with { CheckedAt = default, NextTry = default })],
        }, cancellationToken);
        return new KeyVerdict.Done("Checked.");
    }

    private static KeyRing Withdraw(KeyRing ring, string selector, DateTimeOffset now)
    {
        KeyEntry key = ring.Find(selector)!;
        DateTimeOffset wall = ring.WallAt;
        if (key is { State: KeyState.Generated, Begun: null })
        {
            return ring.With(key.Enter(KeyState.Removed, now, wall, "an administrator withdrew it before DNS knew it"));
        }

        if (key.State == KeyState.Active && ring.Find(key.Algorithm, KeyState.Standby) is { Fault: KeyFault.None } standby)
        {
            ring = ring.With(standby.Enter(KeyState.Active, now, wall, $"{selector} was withdrawn"));
        }

        return ring.With((key with { RevokeNow = true }).Enter(KeyState.Retiring, now, wall, "an administrator withdrew it"));
    }

    private static KeyView View(DomainName domain, KeyKeeper keeper, KeyRing ring, KeyEntry key)
    {
        string name = $"{key.Selector}._domainkey.{domain}";
        string? text = key.State switch
        {
            KeyState.Removed => null,
            KeyState.Revoked => KeyWithdrawal.RevokedRecord(key),
            _ => key.Record,
        };
        KeyPlan[] plan = [.. KeyRotation.Forecast(ring, keeper.Policy, key).Select(p => new KeyPlan(p.State, keeper.Clock.ToWall(p.At)))];
        return new KeyView(
            key.Selector, key.Algorithm, key.State, Pinned: false, name, text, text is null ? null : ZoneLine(name, keeper.Policy.TtlOf(key.State), text),
            key.History.Count > 0 ? key.History[^1].At : null,
            plan is [var next, ..] ? next : null, plan, key.Trouble, key.Manual, key.Evidence, key.History);
    }

    private static KeyView PinnedView(IDkimKey key)
    {
        KeyRecord record = key is RsaDkimKey rsa ? rsa.PublicRecord : ((Ed25519DkimKey)key).PublicRecord;
        string name = $"{key.Selector}._domainkey.{key.Domain}";
        string algorithm = key is RsaDkimKey sized ? $"rsa-{sized.Bits}" : "ed25519";
        return new KeyView(
            key.Selector, algorithm, KeyState.Active, Pinned: true, name, record.ToString(), ZoneLine(name, TimeSpan.FromHours(1), record.ToString()),
            null, null, [], null, Manual: true, null, []);
    }

    // RFC 1035 §3.3: a character-string holds 255 octets; DKIM joins them (RFC 6376 §3.6.2.2).
    private static string ZoneLine(string name, TimeSpan ttl, string text) =>
        $"{name}. {(long)ttl.TotalSeconds} IN TXT ( {string.Join(' ', text.Chunk(255).Select(c => $"\"{new string(c)}\""))} )";
}
