using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Rotation;

/// <summary>
/// The only place that decides what becomes of keys. Pure and total: a function of the ring, the policy and the ring's
/// time. House rules: one key of each algorithm signs, one more stands ready; a key signs only after every name server has
/// shown its record; a record outlives the last signature by <see cref="KeyPolicy.RetireFor"/>; nothing is skipped. The keys of a domain that is no longer ours rest
/// for a while, in case it comes back, and then go the same way.
/// </summary>
internal static class KeyRotation
{
    /// <summary>What is due, the most urgent first.</summary>
    public static IReadOnlyList<KeyStep> Plan(KeyRing ring, KeyPolicy policy, DateTimeOffset now) =>
        [.. Candidates(ring, policy).Where(s => s.DueAt <= now).OrderBy(s => Urgency(s.Step)).Select(s => s.Step)];

    /// <summary>When <see cref="Plan"/> will next have something to do.</summary>
    public static DateTimeOffset NextAt(KeyRing ring, KeyPolicy policy) =>
        Candidates(ring, policy).Select(s => s.DueAt).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    /// <summary>What will happen to this key next, and when; null when nothing is planned.</summary>
    public static (KeyState State, DateTimeOffset At)? Next(KeyRing ring, KeyPolicy policy, KeyEntry key) => key.State switch
    {
        < KeyState.Retiring when ring.LostAt is { } lost => (KeyState.Retiring, lost + policy.RestFor),
        KeyState.Active when policy.Rotates => (KeyState.Retiring, policy.TurnEnds(ring.Domain, key.Since)),
        KeyState.Standby when ring.Find(key.Algorithm, KeyState.Active) is { } active && policy.Rotates => (KeyState.Active, policy.TurnEnds(ring.Domain, active.Since)),
        KeyState.Retiring => (KeyState.Revoked, key.RevokeNow ? key.NextTry : key.Since + policy.RetireFor),
        KeyState.Revoked => (KeyState.Removed, key.Since + policy.RevokedFor),
        _ => null,
    };

    /// <summary>The rest of its life, as far as time alone decides; empty where something else has to happen first.</summary>
    public static IReadOnlyList<(KeyState State, DateTimeOffset At)> Forecast(KeyRing ring, KeyPolicy policy, KeyEntry key)
    {
        var plan = new List<(KeyState State, DateTimeOffset At)>();
        for ((KeyState State, DateTimeOffset At)? next = Next(ring, policy, key); next is { } step; next = After(ring, policy, step))
        {
            plan.Add(step);
        }

        return plan;
    }

    private static (KeyState State, DateTimeOffset At)? After(KeyRing ring, KeyPolicy policy, (KeyState State, DateTimeOffset At) step) => step.State switch
    {
        KeyState.Active   => (KeyState.Retiring, policy.TurnEnds(ring.Domain, step.At)),
        KeyState.Retiring => (KeyState.Revoked, step.At + policy.RetireFor),
        KeyState.Revoked  => (KeyState.Removed, step.At + policy.RevokedFor),
        _                 => null,
    };

    private static IEnumerable<(KeyStep Step, DateTimeOffset DueAt)> Candidates(KeyRing ring, KeyPolicy policy)
    {
        if (ring.LostAt is { } lost)
        {
            foreach ((KeyStep, DateTimeOffset) step in Farewell(ring, policy, lost + policy.RestFor))
            {
                yield return step;
            }

            yield break;
        }

        foreach (KeyKind kind in policy.Algorithms)
        {
            KeyEntry? active = ring.Find(kind.Name, KeyState.Active);
            KeyEntry? standby = ring.Find(kind.Name, KeyState.Standby);
            bool waiting = ring.Keys.Any(k => k.Algorithm == kind.Name && k.State is KeyState.Generated or KeyState.Published);
            if (standby is null && !waiting && (active is null || policy.Rotates))
            {
                yield return (new KeyStep.Generate(kind), DateTimeOffset.MinValue);
            }

            if (standby is { Fault: KeyFault.None } && TakesOver(ring, policy, kind, active) is var (at, why))
            {
                yield return (new KeyStep.Activate(standby, why), Later(at, standby.NextTry));
            }
        }

        foreach (KeyEntry key in ring.Keys)
        {
            if (key.State == KeyState.Active && !policy.Algorithms.Any(k => k.Name == key.Algorithm))
            {
                yield return (new KeyStep.Retire(key, "its algorithm is not used any more"), DateTimeOffset.MinValue);
            }

            if (key.State is KeyState.Active or KeyState.Standby || (key.State == KeyState.Retiring && !key.RevokeNow && key.Begun is null))
            {
                yield return (new KeyStep.Check(key), key.Fault == KeyFault.None ? key.CheckedAt + policy.CheckEvery : key.NextTry);
            }

            if (key is { State: KeyState.Active or KeyState.Retiring, Fault: KeyFault.None, Begun: null, RevokeNow: false, Manual: false } && key.Ttl != policy.TtlOf(key.State))
            {
                yield return (new KeyStep.Retime(key), key.NextTry);
            }

            if (OwnStep(ring, policy, key) is { } step)
            {
                yield return step;
            }
        }
    }

    private static IEnumerable<(KeyStep Step, DateTimeOffset DueAt)> Farewell(KeyRing ring, KeyPolicy policy, DateTimeOffset restedAt)
    {
        foreach (KeyEntry key in ring.Keys.Where(k => k.State != KeyState.Removed))
        {
            if (key.State < KeyState.Retiring)
            {
                yield return (new KeyStep.Retire(key, "the domain is no longer ours"), restedAt);
                continue;
            }

            if (key.Tries > 0)
            {
                yield return (new KeyStep.LetGo(key), key.Since + policy.RevokedFor + (key.State == KeyState.Retiring ? policy.RetireFor : policy.RevokedFor));
            }

            if (OwnStep(ring, policy, key) is { } step)
            {
                yield return step;
            }
        }
    }

    private static (KeyStep, DateTimeOffset)? OwnStep(KeyRing ring, KeyPolicy policy, KeyEntry key) => key.State switch
    {
        KeyState.Generated when key.Record is null => (new KeyStep.Make(key), key.NextTry),
        KeyState.Generated => (new KeyStep.Publish(key), key.NextTry),
        KeyState.Published => (new KeyStep.Prove(key), key.AgreedAt is { } agreed ? Later(agreed + Wait(ring, key), key.NextTry) : key.NextTry),
        KeyState.Retiring when key.RevokeNow || key.Begun == KeyState.Revoked => (new KeyStep.Revoke(key), key.NextTry),
        KeyState.Retiring => (new KeyStep.Revoke(key), Later(key.Since + policy.RetireFor, key.NextTry)),
        KeyState.Revoked when key.Begun == KeyState.Removed => (new KeyStep.Remove(key), key.NextTry),
        KeyState.Revoked => (new KeyStep.Remove(key), Later(key.Since + policy.RevokedFor, key.NextTry)),
        _ => null,
    };

    /// <summary>
    /// How long after the proof a key waits: as long as a resolver may remember that there was no such name. Where nothing signs yet there is no wait: nobody
    /// can have asked for a name that stood in no signature.
    /// </summary>
    public static TimeSpan Wait(KeyRing ring, KeyEntry key) =>
        ring.Find(key.Algorithm, KeyState.Active) is null ? TimeSpan.Zero : key.NegativeTtl;

    private static (DateTimeOffset At, string Why)? TakesOver(KeyRing ring, KeyPolicy policy, KeyKind kind, KeyEntry? active) => active switch
    {
        null => (DateTimeOffset.MinValue, "no other key signs"),
        { Fault: not KeyFault.None } => (DateTimeOffset.MinValue, $"the record of {active.Selector} is not as it should be"),
        _ when ring.RotateNow.Contains(kind.Name) => (DateTimeOffset.MinValue, "an administrator asked for it"),
        _ when policy.Rotates => (policy.TurnEnds(ring.Domain, active.Since), $"the turn of {active.Selector} is over"),
        _ => null,
    };

    private static int Urgency(KeyStep step) => step switch
    {
        KeyStep.Activate => 0,
        KeyStep.LetGo => 0,
        KeyStep.Revoke { Key.RevokeNow: true } => 1,
        KeyStep.Make or KeyStep.Generate => 2,
        KeyStep.Publish => 3,
        KeyStep.Prove => 4,
        KeyStep.Revoke or KeyStep.Remove => 5,
        KeyStep.Retime => 7,
        _ => 6,
    };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
