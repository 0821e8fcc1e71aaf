using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;
using Ptt.Web.Keys.Vault;

namespace Ptt.Tests.Web.Keys;

/// <summary>One domain's keeper with its DNS, its disk and its clock; it can be killed and begin again.</summary>
internal sealed class KeyWorld : IDisposable, IKeyRings
{
    public static readonly DomainName Domain = DomainName.Parse("example.org");

    private readonly TemporaryDirectory _directory = new();
    private string? _disk;

    private readonly IKeyDns? _real;

    public KeyWorld(KeysOptions? options = null, params TimeSpan[] lags) : this(options, null, null, lags)
    {
    }

    public KeyWorld(KeysOptions? options, IKeyDns? real, DateTimeOffset? start = null, params TimeSpan[] lags)
    {
        Time = new ManualTime(start);
        Options = options ?? new KeysOptions { Algorithms = ["ed25519"] };
        Dns = new FakeKeyDns(Time, lags);
        _real = real;
        Vault = new KeyVault(new DataDirectory(_directory.Path), Microsoft.Extensions.Options.Options.Create(Options));
        Keeper = Start();
    }

    public ManualTime Time { get; }

    public KeysOptions Options { get; }

    public FakeKeyDns Dns { get; }

    public KeyVault Vault { get; }

    public KeyKeeper Keeper { get; private set; }

    public KeyRing Ring => Keeper.Ring;

    public int Saves { get; private set; }

    public Action<string>? CrashOnSave { get; set; }

    public IReadOnlyList<DomainName> Known => _disk is null ? [] : [Domain];

    public ValueTask RunAsync() => Keeper.RunAsync(default);

    /// <summary>Moves on step by step, at least as often as the keeper wants.</summary>
    public async Task PassAsync(TimeSpan span)
    {
        DateTimeOffset end = Time.GetUtcNow() + span;
        while (Time.GetUtcNow() < end)
        {
            DateTimeOffset next = Keeper.NextAt < end ? Keeper.NextAt : end;
            Time.Advance(next > Time.GetUtcNow() ? next - Time.GetUtcNow() : TimeSpan.FromSeconds(1));
            await RunAsync();
        }
    }

    /// <summary>What was not on disk is forgotten.</summary>
    public void Restart() => Keeper = Start();

    public KeyEntry Only(KeyState state, string algorithm = "ed25519") => Assert.Single(Ring.Keys, k => k.State == state && k.Algorithm == algorithm);

    public int Count(KeyState state) => Ring.Keys.Count(k => k.State == state);

    public static DomainName Name(KeyEntry key) => Domain.Below($"{key.Selector}._domainkey");

    public KeyRing? Load(DomainName domain) => _disk is null ? null : JsonSerializer.Deserialize(_disk, KeyRingJson.Default.KeyRing);

    public void Save(KeyRing ring)
    {
        CrashOnSave?.Invoke("before");
        _disk = JsonSerializer.Serialize(ring, KeyRingJson.Default.KeyRing);
        Saves++;
        CrashOnSave?.Invoke("after");
    }

    public void Dispose() => _directory.Dispose();

    private KeyKeeper Start() =>
        new(Domain, KeyPolicy.From(Options), Options.SelectorPattern, this, Vault, _real ?? Dns, Time, NullLogger.Instance);
}
