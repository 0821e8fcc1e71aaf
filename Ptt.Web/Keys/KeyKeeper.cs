using System.Security.Cryptography;
using Ptt.Dns;
using Ptt.Mail.Dkim;

namespace Ptt.Web.Keys;

/// <summary>
/// Carries out what <see cref="KeyRotation"/> decides for one domain. Each step is written down before DNS is touched and
/// again when it is done, and can be gone over again: a crash at any point costs a repetition, nothing else. One caller at a time.
/// </summary>
internal sealed partial class KeyKeeper(
    DomainName domain, KeyPolicy policy, string selectorPattern, IKeyRings rings, KeyVault vault, IKeyDns dns, TimeProvider time, ILogger logger)
{
    /// <summary>More steps than any run needs; a plan that never ends would be a bug of ours, and must not spin.</summary>
    private const int MaxSteps = 200;

    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    private readonly KeyClock _clock = new(time);
    private KeyRing? _ring;

    /// <summary>As it was last saved.</summary>
    public KeyRing Ring => _ring ??= Resume();

    public KeyPolicy Policy => policy;

    public KeyClock Clock => _clock;

    /// <summary>When there is something to do again, by the wall's clock.</summary>
    public DateTimeOffset NextAt => KeyRotation.NextAt(Ring, policy) is var at && at <= DateTimeOffset.MinValue.AddYears(1)
        ? time.GetUtcNow() : at == DateTimeOffset.MaxValue ? at : _clock.ToWall(at);

    /// <summary>Does everything that is due.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken, Action<KeyRing>? afterStep = null)
    {
        for (int steps = 0; steps < MaxSteps; steps++)
        {
            if (KeyRotation.Plan(Ring, policy, _clock.Now) is not [{ } step, ..])
            {
                return;
            }

            await CarryOutAsync(step, cancellationToken);
            afterStep?.Invoke(Ring);
        }

        NeverEnds(domain);
    }

    /// <summary>Changes the ring by an administrator's word.</summary>
    public void Change(Func<KeyRing, DateTimeOffset, KeyRing> change) => Save(change(Ring, _clock.Now));

    private ValueTask CarryOutAsync(KeyStep step, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case KeyStep.Generate generate:
                Generate(generate.Kind);
                return ValueTask.CompletedTask;
            case KeyStep.Make make:
                Make(make.Key);
                return ValueTask.CompletedTask;
            case KeyStep.Retire retire:
                Enter(retire.Key, KeyState.Retiring, "its algorithm is not used any more");
                return ValueTask.CompletedTask;
            case KeyStep.Publish publish:
                return PublishAsync(publish.Key, cancellationToken);
            case KeyStep.Prove prove:
                return ProveAsync(prove.Key, cancellationToken);
            case KeyStep.Check check:
                return CheckAsync(check.Key, cancellationToken);
            case KeyStep.Activate activate:
                return ActivateAsync(activate.Key, activate.Why, cancellationToken);
            case KeyStep.Revoke revoke:
                return RevokeAsync(revoke.Key, cancellationToken);
            case KeyStep.Remove remove:
                return RemoveAsync(remove.Key, cancellationToken);
            default:
                throw new InvalidOperationException($"A step without a way to do it: {step}.");
        }
    }

    // The selector is written down before there is a key of that name, so that it can never be given twice.
    private void Generate(KeyKind kind)
    {
        string selector = policy.Rotates ? Selectors.Next(selectorPattern, kind, Ring, time.GetUtcNow()) : selectorPattern;
        KeyEntry entry = new() { Selector = selector, Algorithm = kind.Name };
        Save(Ring.With(entry.Enter(KeyState.Generated, _clock.Now, time.GetUtcNow(), "made")));
    }

    private void Make(KeyEntry key)
    {
        try
        {
            KeyRecord record = vault.Create(domain, key.Selector, KeyKind.TryParse(key.Algorithm, out KeyKind? kind) ? kind : KeyKind.Rsa2048);
            Save(Ring.With(key with { Record = record.ToString(), NextTry = _clock.Now, Tries = 0, Trouble = null }));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            MakingFaulted(domain, key.Selector, fault);
            Retry(key, "The key cannot be written to the data directory.");
        }
    }

    private async ValueTask PublishAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        key = Begin(key, KeyState.Published);
        switch (await dns.SetAsync(NameOf(key), key.Record, null, policy.Ttl, cancellationToken))
        {
            case KeyUpdate.Done:
                Enter(key with { Manual = false }, KeyState.Published, "the primary has its record");
                break;
            case KeyUpdate.Manual manual:
                Enter(key with { Manual = true }, KeyState.Published, "its record waits to be entered");
                Save(Ring.With(Ring.Find(key.Selector)! with { Trouble = manual.Reason }));
                break;
            case KeyUpdate.Drift drift:
                Retry(key, drift.Explanation);
                break;
            case KeyUpdate.Failed failed:
                Retry(key, failed.Explanation);
                break;
        }
    }

    private async ValueTask ProveAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        KeyProof proof = await dns.ProbeAsync(NameOf(key), key.Record, cancellationToken);
        DateTimeOffset now = _clock.Now;
        key = key with { Evidence = proof.Evidence, CheckedAt = now };
        if (!proof.Agreed)
        {
            Retry(key with { AgreedAt = null }, key.Manual && proof.IsAbsent ? key.Trouble ?? proof.Laggards : proof.Laggards);
            return;
        }

        key = key with { AgreedAt = key.AgreedAt ?? now, NegativeTtl = Longer(key.NegativeTtl, proof.NegativeTtl), Fault = KeyFault.None };
        if (now >= key.AgreedAt + KeyRotation.Wait(Ring, key))
        {
            Enter(key, KeyState.Standby, "every name server shows its record");
        }
        else
        {
            Save(Ring.With(key with { NextTry = now, Tries = 0, Trouble = null }));
        }
    }

    private async ValueTask CheckAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        KeyProof proof = await dns.ProbeAsync(NameOf(key), key.Record, cancellationToken);
        key = key with { Evidence = proof.Evidence, CheckedAt = _clock.Now };
        if (proof.Agreed)
        {
            KeyFault fault = vault.TryOpen(domain, key.Selector, out string? why) is null && key.State != KeyState.Retiring ? KeyFault.Unreadable : KeyFault.None;
            key = fault == KeyFault.None ? key with { Fault = fault, Tries = 0, Trouble = null } : (key with { Fault = fault }).Retry(_clock.Now, LongestRetry, why!);
            SaveOrDiscard(key);
            return;
        }

        if (proof.Fault == KeyFault.None)
        {
            // Nothing speaks against the key; servers that cannot be asked are named, and asked again at the next check.
            Save(Ring.With(key with { Trouble = proof.Laggards, NextTry = _clock.Now + policy.CheckEvery }));
            return;
        }

        RecordFaulty(domain, key.Selector, proof.Laggards);
        key = (key with { Fault = proof.Fault }).Retry(_clock.Now, LongestRetry, proof.Laggards);
        if (proof.Fault == KeyFault.Vanished && proof.IsAbsent && !key.Manual)
        {
            // It was ours and is gone: put it back. The prerequisite keeps us from writing over anyone.
            Save(Ring.With(key with { Begun = KeyState.Published }));
            KeyUpdate update = await dns.SetAsync(NameOf(key), key.Record, null, policy.Ttl, cancellationToken);
            key = key with { Begun = null, Trouble = update is KeyUpdate.Done ? "Its record had vanished and was published again." : key.Trouble };
        }

        SaveOrDiscard(key);
    }

    private async ValueTask ActivateAsync(KeyEntry key, string why, CancellationToken cancellationToken)
    {
        KeyProof proof = await dns.ProbeAsync(NameOf(key), key.Record, cancellationToken);
        key = key with { Evidence = proof.Evidence, CheckedAt = _clock.Now };
        if (!proof.Agreed)
        {
            SaveOrDiscard((key with { Fault = proof.Fault }).Retry(_clock.Now, LongestRetry, proof.Laggards));
            return;
        }

        if (vault.TryOpen(domain, key.Selector, out string? fault) is null)
        {
            SaveOrDiscard((key with { Fault = KeyFault.Unreadable }).Retry(_clock.Now, LongestRetry, fault!));
            return;
        }

        // One save: there is never a moment with two active keys, or with none.
        DateTimeOffset now = _clock.Now;
        DateTimeOffset wall = time.GetUtcNow();
        KeyRing ring = Ring;
        foreach (KeyEntry old in ring.Active.Where(k => k.Algorithm == key.Algorithm))
        {
            ring = ring.With(old.Enter(KeyState.Retiring, now, wall, $"{key.Selector} took over: {why}"));
        }

        ring = ring.With(key.Enter(KeyState.Active, now, wall, why));
        Save(ring with { RotateNow = [.. ring.RotateNow.Where(a => a != key.Algorithm)] });
        Activated(domain, key.Selector, why);
    }

    private async ValueTask RevokeAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        key = Begin(key, KeyState.Revoked);
        string revoked = Revoked(key);
        KeyUpdate update = await dns.SetAsync(NameOf(key), revoked, key.Record, policy.Ttl, cancellationToken);
        if (update is KeyUpdate.Drift)
        {
            // Our record may have vanished before; then the empty one is put where nothing is.
            KeyProof gone = await dns.ProbeAsync(NameOf(key), null, cancellationToken);
            update = gone.IsAbsent ? await dns.SetAsync(NameOf(key), revoked, null, policy.Ttl, cancellationToken) : update;
        }

        switch (update)
        {
            case KeyUpdate.Done:
                vault.Destroy(domain, key.Selector);
                Enter(key, KeyState.Revoked, "its record says that it is withdrawn");
                break;
            case KeyUpdate.Manual manual:
                KeyProof proof = await dns.ProbeAsync(NameOf(key), revoked, cancellationToken);
                key = key with { Manual = true, Evidence = proof.Evidence };
                if (proof.Agreed || proof.IsAbsent)
                {
                    vault.Destroy(domain, key.Selector);
                    Enter(key, KeyState.Revoked, "its record was taken back by hand");
                }
                else
                {
                    Retry(key, $"{manual.Reason} Replace its record by: {revoked}");
                }

                break;
            case KeyUpdate.Drift drift:
                Retry(key, drift.Explanation);
                break;
            case KeyUpdate.Failed failed:
                Retry(key, failed.Explanation);
                break;
        }
    }

    private async ValueTask RemoveAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        key = Begin(key, KeyState.Removed);
        vault.Destroy(domain, key.Selector);
        switch (await dns.SetAsync(NameOf(key), null, Revoked(key), policy.Ttl, cancellationToken))
        {
            case KeyUpdate.Done:
                Enter(key, KeyState.Removed, "its record is gone");
                break;
            case KeyUpdate.Manual manual:
                KeyProof proof = await dns.ProbeAsync(NameOf(key), null, cancellationToken);
                key = key with { Manual = true, Evidence = proof.Evidence };
                if (proof.Agreed || proof.IsAbsent)
                {
                    Enter(key, KeyState.Removed, "its record was deleted by hand");
                }
                else
                {
                    Retry(key, $"{manual.Reason} Delete its record.");
                }

                break;
            case KeyUpdate.Drift drift:
                // Someone else writes there now; what is theirs stays, and our part in it is over.
                Enter(key, KeyState.Removed, $"its name is left to others: {drift.Explanation}");
                break;
            case KeyUpdate.Failed failed:
                Retry(key, failed.Explanation);
                break;
        }
    }

    // A standby key never signed: one with a fault is published again or given up, and another made.
    private void SaveOrDiscard(KeyEntry key)
    {
        if (key is { State: KeyState.Standby, Fault: KeyFault.Vanished })
        {
            Enter(key with { AgreedAt = null }, KeyState.Published, "its record had vanished");
        }
        else if (key is { State: KeyState.Standby, Fault: KeyFault.Changed or KeyFault.Unreadable })
        {
            Enter(key with { RevokeNow = true }, KeyState.Retiring, key.Trouble ?? "it cannot be used");
        }
        else
        {
            Save(Ring.With(key));
        }
    }

    private KeyEntry Begin(KeyEntry key, KeyState state)
    {
        key = key with { Begun = state };
        Save(Ring.With(key));
        return key;
    }

    private void Enter(KeyEntry key, KeyState state, string why)
    {
        Save(Ring.With(key.Enter(state, _clock.Now, time.GetUtcNow(), why)));
        Entered(domain, key.Selector, state, why);
    }

    private void Retry(KeyEntry key, string trouble)
    {
        Save(Ring.With(key.Retry(_clock.Now, LongestRetry, trouble)));
        Waits(domain, key.Selector, trouble);
    }

    private void Save(KeyRing ring)
    {
        ring = _clock.Stamp(ring);
        rings.Save(ring);
        _ring = ring;
    }

    private KeyRing Resume()
    {
        KeyRing ring = rings.Load(domain) ?? new KeyRing { Domain = domain.ToString() };
        _clock.Resume(ring);
        return ring;
    }

    internal static string Revoked(KeyEntry key) => key.Record is not null && KeyRecord.TryParse(key.Record, out KeyRecord? record) ? record.Revoked().ToString() : "v=DKIM1; p=";

    private DomainName NameOf(KeyEntry key) => domain.Below($"{key.Selector}._domainkey");

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    [LoggerMessage(3411, LogLevel.Information, "Key {Selector} of {Domain} is {State}: {Why}")]
    private partial void Entered(DomainName domain, string selector, KeyState state, string why);

    [LoggerMessage(3412, LogLevel.Information, "Key {Selector} of {Domain} signs from now on: {Why}")]
    private partial void Activated(DomainName domain, string selector, string why);

    [LoggerMessage(3413, LogLevel.Warning, "Key {Selector} of {Domain} waits: {Trouble}")]
    private partial void Waits(DomainName domain, string selector, string trouble);

    [LoggerMessage(3414, LogLevel.Error, "The record of key {Selector} of {Domain} is not as it should be: {Detail}")]
    private partial void RecordFaulty(DomainName domain, string selector, string detail);

    [LoggerMessage(3415, LogLevel.Error, "Key {Selector} of {Domain} could not be made")]
    private partial void MakingFaulted(DomainName domain, string selector, Exception fault);

    [LoggerMessage(3416, LogLevel.Error, "The plan for the keys of {Domain} does not come to an end")]
    private partial void NeverEnds(DomainName domain);
}
