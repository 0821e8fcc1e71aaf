using Ptt.Dns;

namespace Ptt.Web.Keys.Rings;

/// <summary>
/// The ring of one domain with its clock, as it was last saved. Whoever does something with a key writes it down here first; the next step begins from what
/// stands here, also after a crash.
/// </summary>
internal sealed partial class RingBook(DomainName domain, IKeyRings rings, TimeProvider time, ILogger logger)
{
    public static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    private KeyRing? _ring;

    public DomainName Domain => domain;

    public KeyRing Ring => _ring ??= Resume();

    public bool IsRead => _ring is not null;

    public KeyClock Clock { get; } = new(time);

    /// <summary>The ring's own time; the wall's is <see cref="Wall"/>.</summary>
    public DateTimeOffset Now => Clock.Now;

    public DateTimeOffset Wall => time.GetUtcNow();

    public DomainName NameOf(KeyEntry key) => domain.Below($"{key.Selector}._domainkey");

    public void Save(KeyEntry key) => Save(Ring.With(key));

    public void Save(KeyRing ring)
    {
        ring = Clock.Stamp(ring);
        rings.Save(ring);
        _ring = ring;
    }

    /// <summary>Writes down that DNS is about to be changed, so that a crash in the midst of it is gone over again.</summary>
    public KeyEntry Begin(KeyEntry key, KeyState state)
    {
        key = key with { Begun = state };
        Save(key);
        return key;
    }

    public void Enter(KeyEntry key, KeyState state, string why)
    {
        Save(key.Enter(state, Now, Wall, why));
        Entered(domain, key.Selector, state, why);
    }

    /// <summary>The step did not succeed: it is tried again, later each time.</summary>
    public void Retry(KeyEntry key, string trouble)
    {
        Save(key.Retry(Now, LongestRetry, trouble));
        Waits(domain, key.Selector, trouble);
    }

    private KeyRing Resume()
    {
        KeyRing ring = rings.Load(domain) ?? new KeyRing { Domain = domain.ToString() };
        Clock.Resume(ring);
        return ring;
    }

    [LoggerMessage(3411, LogLevel.Information, "Key {Selector} of {Domain} is {State}: {Why}")]
    private partial void Entered(DomainName domain, string selector, KeyState state, string why);

    [LoggerMessage(3413, LogLevel.Warning, "Key {Selector} of {Domain} waits: {Trouble}")]
    private partial void Waits(DomainName domain, string selector, string trouble);
}
