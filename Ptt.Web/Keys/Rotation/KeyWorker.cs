using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Web.Alarms;
using Ptt.Web.Domains;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys.Rotation;

/// <summary>
/// Keeps the keys of every domain of ours as <see cref="KeyRotation"/> wants them: runs a domain's keeper when something is due, when the domains change, and when
/// an administrator asks. One keeper runs at a time; a name server that hangs delays the others by its timeout at most.
/// </summary>
internal sealed partial class KeyWorker : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<DomainName, KeyKeeper> _keepers = new();
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly IOwnDomains _own;
    private readonly IKeyRings _rings;
    private readonly KeyVault _vault;
    private readonly IKeyDns _dns;
    private readonly SigningKeys _signing;
    private readonly KeyAlarms _alarms;
    private readonly KeysOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<KeyWorker> _logger;

    public KeyWorker(
        IOwnDomains own, IKeyRings rings, KeyVault vault, IKeyDns dns, SigningKeys signing, KeyAlarms alarms,
        IOptions<KeysOptions> options, TimeProvider time, ILogger<KeyWorker> logger)
    {
        (_own, _rings, _vault, _dns, _signing, _alarms, _options, _time, _logger) = (own, rings, vault, dns, signing, alarms, options.Value, time, logger);
        _own.Changed += Ring;
    }

    /// <summary>Raised after a ring changed; handlers return at once.</summary>
    public event Action? Changed;

    /// <summary>Whether every ring was read from disk.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Domains of ours and those that were, as long as they have keys.</summary>
    public IEnumerable<DomainName> Domains => _own.All.Concat(_rings.Known.Where(HasKeys)).Distinct().Order();

    /// <summary>The keeper of a domain whose keys rotate; null where an imported key signs.</summary>
    public KeyKeeper? KeeperOf(DomainName domain) => _signing.Fixed.Any(k => k.Domain == domain) ? null : _keepers.GetOrAdd(domain, NewKeeper);

    public void Ring() => _bell.Writer.TryWrite(true);

    /// <summary>Changes a ring by an administrator's word and does at once what follows from it.</summary>
    public async ValueTask ChangeAsync(DomainName domain, Func<KeyRing, DateTimeOffset, KeyRing> change, CancellationToken cancellationToken)
    {
        if (KeeperOf(domain) is not { } keeper)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            keeper.Change(change);
            await RunAsync(domain, keeper, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Runs the keeper of every domain once: of ours, and of those that were and still have keys.</summary>
    public async ValueTask RunAllAsync(CancellationToken cancellationToken)
    {
        foreach (DomainName domain in Domains.ToArray())
        {
            await _turn.WaitAsync(cancellationToken);
            try
            {
                if (KeeperOf(domain) is { } keeper)
                {
                    await RunAsync(domain, keeper, cancellationToken);
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                KeeperFaulted(domain, fault);
                _alarms.Faulted(domain);
                _keepers.TryRemove(domain, out _);   // begins again from what was saved
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Keys made before sign from the first message on; what DNS says is asked afterwards.
        foreach (DomainName domain in Domains)
        {
            try
            {
                if (KeeperOf(domain) is { } keeper)
                {
                    _signing.Take(domain, keeper.Ring, keeper.Policy);
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                KeeperFaulted(domain, fault);
                _alarms.Faulted(domain);
            }
        }

        IsLoaded = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            await RunAllAsync(stoppingToken);
            await WaitAsync(stoppingToken);
        }
    }

    private async ValueTask RunAsync(DomainName domain, KeyKeeper keeper, CancellationToken cancellationToken)
    {
        KeyRing before = keeper.Ring;
        keeper.Belongs(_own.Contains(domain));
        _signing.Take(domain, keeper.Ring, keeper.Policy);
        await keeper.RunAsync(cancellationToken, ring => _signing.Take(domain, ring, keeper.Policy));
        _signing.Take(domain, keeper.Ring, keeper.Policy);
        _alarms.Tell(domain, keeper, _signing.Current(domain));
        if (!ReferenceEquals(before, keeper.Ring))
        {
            Changed?.Invoke();
        }
    }

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        TimeSpan wait = _keepers.Values.Where(k => k.IsRead).Select(k => k.NextAt - now).DefaultIfEmpty(Longest).Min();
        wait = wait < Shortest ? Shortest : wait > Longest ? Longest : wait;
        using var timeout = new CancellationTokenSource(wait, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _bell.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time is up: the clock's part of the bell.
        }
    }

    // A ring that cannot be read counts as one with keys: whoever looks after it says what is wrong.
    private bool HasKeys(DomainName domain)
    {
        try
        {
            return KeeperOf(domain)?.Ring.IsOver != true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return true;
        }
    }

    private KeyKeeper NewKeeper(DomainName domain)
    {
        string? fixedSelector = FixedKeys.SelectorOf(_options, domain);
        return new KeyKeeper(
            domain, KeyPolicy.From(_options, fixedSelector), fixedSelector ?? _options.SelectorPattern, _rings, _vault, _dns, _time, _logger);
    }

    [LoggerMessage(3401, LogLevel.Error, "The keys of {Domain} could not be looked after")]
    private partial void KeeperFaulted(DomainName domain, Exception fault);
}
