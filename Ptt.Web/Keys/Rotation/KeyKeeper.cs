using Ptt.Dns;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys.Rotation;

/// <summary>
/// Carries out what <see cref="KeyRotation"/> decides for one domain. Each step is written down before DNS is touched and
/// again when it is done, and can be gone over again: a crash at any point costs a repetition, nothing else. One caller at a time.
/// </summary>
internal sealed partial class KeyKeeper(
    DomainName domain, KeyPolicy policy, string selectorPattern, IKeyRings rings, KeyVault vault, IKeyDns dns, TimeProvider time, ILogger logger)
{
    /// <summary>More steps than any run needs; a plan that never ends would be a bug of ours, and must not spin.</summary>
    private const int MaxSteps = 200;

    private readonly RingBook _book = new(domain, rings, time, logger);
    private KeyPublisher? _publisher;
    private KeyGuard? _guard;
    private KeyWithdrawal? _withdrawal;

    /// <summary>As it was last saved.</summary>
    public KeyRing Ring => _book.Ring;

    /// <summary>False before the ring was first read from disk, and after that failed.</summary>
    public bool IsRead => _book.IsRead;

    public KeyPolicy Policy => policy;

    public KeyClock Clock => _book.Clock;

    /// <summary>When there is something to do again, by the wall's clock.</summary>
    public DateTimeOffset NextAt => KeyRotation.NextAt(Ring, policy) is var at && at <= DateTimeOffset.MinValue.AddYears(1)
        ? time.GetUtcNow() : at == DateTimeOffset.MaxValue ? at : Clock.ToWall(at);

    private KeyPublisher Publisher => _publisher ??= new KeyPublisher(_book, policy, selectorPattern, vault, dns, logger);

    private KeyGuard Guard => _guard ??= new KeyGuard(_book, policy, vault, dns, logger);

    private KeyWithdrawal Withdrawal => _withdrawal ??= new KeyWithdrawal(_book, policy, vault, dns);

    /// <summary>Whether the domain is ours now; the ring remembers since when it is not.</summary>
    public void Belongs(bool isOurs)
    {
        if (isOurs != Ring.LostAt is null)
        {
            _book.Save(Ring with { LostAt = isOurs ? null : _book.Now });
        }
    }

    /// <summary>Does everything that is due.</summary>
    public async ValueTask RunAsync(CancellationToken cancellationToken, Action<KeyRing>? afterStep = null)
    {
        for (int steps = 0; steps < MaxSteps; steps++)
        {
            if (KeyRotation.Plan(Ring, policy, Clock.Now) is not [{ } step, ..])
            {
                return;
            }

            await CarryOutAsync(step, cancellationToken);
            afterStep?.Invoke(Ring);
        }

        NeverEnds(domain);
    }

    /// <summary>Changes the ring by an administrator's word.</summary>
    public void Change(Func<KeyRing, DateTimeOffset, KeyRing> change) => _book.Save(change(Ring, Clock.Now));

    private ValueTask CarryOutAsync(KeyStep step, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case KeyStep.Generate generate:
                Publisher.Generate(generate.Kind);
                return ValueTask.CompletedTask;
            case KeyStep.Make make:
                Publisher.Make(make.Key);
                return ValueTask.CompletedTask;
            case KeyStep.Retire retire:
                Withdrawal.Retire(retire.Key, retire.Why);
                return ValueTask.CompletedTask;
            case KeyStep.LetGo gone:
                Withdrawal.LetGo(gone.Key);
                return ValueTask.CompletedTask;
            case KeyStep.Publish publish:
                return Publisher.PublishAsync(publish.Key, cancellationToken);
            case KeyStep.Prove prove:
                return Publisher.ProveAsync(prove.Key, cancellationToken);
            case KeyStep.Retime retime:
                return Publisher.RetimeAsync(retime.Key, cancellationToken);
            case KeyStep.Check check:
                return Guard.CheckAsync(check.Key, cancellationToken);
            case KeyStep.Activate activate:
                return Guard.ActivateAsync(activate.Key, activate.Why, cancellationToken);
            case KeyStep.Revoke revoke:
                return Withdrawal.RevokeAsync(revoke.Key, cancellationToken);
            case KeyStep.Remove remove:
                return Withdrawal.RemoveAsync(remove.Key, cancellationToken);
            default:
                throw new InvalidOperationException($"A step without a way to do it: {step}.");
        }
    }

    [LoggerMessage(3416, LogLevel.Error, "The plan for the keys of {Domain} does not come to an end")]
    private partial void NeverEnds(DomainName domain);
}
