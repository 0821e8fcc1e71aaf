using Ptt.Dns;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys.Rotation;

/// <summary>Looks after keys that may sign: compares their records with what every name server shows, and lets the standby key take over.</summary>
internal sealed partial class KeyGuard(RingBook book, KeyPolicy policy, KeyVault vault, IKeyDns dns, ILogger logger)
{
    public async ValueTask CheckAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        KeyProof proof = await dns.ProbeAsync(book.NameOf(key), key.Record, cancellationToken);
        key = key with { Evidence = proof.Evidence, CheckedAt = book.Now };
        if (proof.Agreed)
        {
            KeyFault fault = vault.TryOpen(book.Domain, key.Selector, out string? why) is null && key.State != KeyState.Retiring ? KeyFault.Unreadable : KeyFault.None;
            SaveOrDiscard(fault == KeyFault.None ? key with { Fault = fault, Tries = 0, Trouble = null } : Faulty(key, fault, why!));
            return;
        }

        if (proof.Fault == KeyFault.None)
        {
            // Nothing speaks against the key; servers that cannot be asked are named, and asked again at the next check.
            book.Save(key with { Trouble = proof.Laggards, NextTry = book.Now + policy.CheckEvery });
            return;
        }

        RecordFaulty(book.Domain, key.Selector, proof.Laggards);
        key = Faulty(key, proof.Fault, proof.Laggards);
        if (proof.Fault == KeyFault.Vanished && proof.IsAbsent && !key.Manual)
        {
            // It was ours and is gone: put it back. The prerequisite keeps us from writing over anyone.
            book.Save(key with { Begun = KeyState.Published });
            KeyUpdate update = await dns.SetAsync(book.NameOf(key), key.Record, null, policy.TtlOf(key.State), cancellationToken);
            key = key with { Begun = null, Trouble = update is KeyUpdate.Done ? "Its record had vanished and was published again." : key.Trouble };
        }

        SaveOrDiscard(key);
    }

    public async ValueTask ActivateAsync(KeyEntry key, string why, CancellationToken cancellationToken)
    {
        KeyProof proof = await dns.ProbeAsync(book.NameOf(key), key.Record, cancellationToken);
        key = key with { Evidence = proof.Evidence, CheckedAt = book.Now };
        if (!proof.Agreed)
        {
            SaveOrDiscard(Faulty(key, proof.Fault, proof.Laggards));
            return;
        }

        if (vault.TryOpen(book.Domain, key.Selector, out string? fault) is null)
        {
            SaveOrDiscard(Faulty(key, KeyFault.Unreadable, fault!));
            return;
        }

        // One save: there is never a moment with two active keys, or with none.
        DateTimeOffset now = book.Now;
        KeyRing ring = book.Ring;
        foreach (KeyEntry old in ring.Active.Where(k => k.Algorithm == key.Algorithm))
        {
            ring = ring.With(old.Enter(KeyState.Retiring, now, book.Wall, $"{key.Selector} took over: {why}"));
        }

        ring = ring.With(key.Enter(KeyState.Active, now, book.Wall, why));
        book.Save(ring with { RotateNow = [.. ring.RotateNow.Where(a => a != key.Algorithm)] });
        Activated(book.Domain, key.Selector, why);
    }

    private KeyEntry Faulty(KeyEntry key, KeyFault fault, string trouble) => (key with { Fault = fault }).Retry(book.Now, RingBook.LongestRetry, trouble);

    // A standby key never signed: one with a fault is published again or given up, and another made.
    private void SaveOrDiscard(KeyEntry key)
    {
        if (key is { State: KeyState.Standby, Fault: KeyFault.Vanished })
        {
            book.Enter(key with { AgreedAt = null }, KeyState.Published, "its record had vanished");
        }
        else if (key is { State: KeyState.Standby, Fault: KeyFault.Changed or KeyFault.Unreadable })
        {
            book.Enter(key with { RevokeNow = true }, KeyState.Retiring, key.Trouble ?? "it cannot be used");
        }
        else
        {
            book.Save(key);
        }
    }

    [LoggerMessage(3412, LogLevel.Information, "Key {Selector} of {Domain} signs from now on: {Why}")]
    private partial void Activated(DomainName domain, string selector, string why);

    [LoggerMessage(3414, LogLevel.Error, "The record of key {Selector} of {Domain} is not as it should be: {Detail}")]
    private partial void RecordFaulty(DomainName domain, string selector, string detail);
}
