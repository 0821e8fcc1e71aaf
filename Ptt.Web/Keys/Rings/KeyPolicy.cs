namespace Ptt.Web.Keys.Rings;

/// <summary>What <see cref="KeyRotation"/> goes by.</summary>
internal sealed record KeyPolicy
{
    private static readonly TimeSpan ChangingTtl = TimeSpan.FromMinutes(5);

    public required IReadOnlyList<KeyKind> Algorithms { get; init; }
    public required TimeSpan RotateEvery { get; init; }
    public required TimeSpan RetireFor { get; init; }
    public required TimeSpan RevokedFor { get; init; }
    public required TimeSpan CheckEvery { get; init; }
    public required TimeSpan Ttl { get; init; }

    /// <summary>How long the keys of a domain that is no longer ours rest before they are withdrawn.</summary>
    public required TimeSpan RestFor { get; init; }

    /// <summary>False for a domain whose selector is fixed: one key, for ever.</summary>
    public bool Rotates { get; init; } = true;

    public static KeyPolicy From(KeysOptions options, string? fixedSelector = null)
    {
        string[] names = options.Algorithms.Length == 0 ? ["rsa-2048", "ed25519"] : options.Algorithms;
        KeyKind[] kinds = [.. names.Select(n => KeyKind.TryParse(n, out KeyKind? kind) ? kind : KeyKind.Rsa2048)];
        return new KeyPolicy
        {
            Algorithms = fixedSelector is null ? kinds : kinds[..1],
            RotateEvery = options.RotateEvery,
            RetireFor = options.RetireFor,
            RevokedFor = options.RevokedFor,
            CheckEvery = options.CheckEvery,
            Ttl = options.Ttl,
            RestFor = options.RestFor,
            Rotates = fixedSelector is null,
        };
    }

    /// <summary>Long for the key that signs, which every receiver asks for; short for one that comes or goes, so that a change of its record is soon known.</summary>
    public TimeSpan TtlOf(KeyState state) => state == KeyState.Active || Ttl < ChangingTtl ? Ttl : ChangingTtl;

    /// <summary>The end of an active key's turn: <see cref="RotateEvery"/> give or take 5 %, always the same for a domain, so that its keys change together.</summary>
    public DateTimeOffset TurnEnds(string domain, DateTimeOffset activeSince)
    {
        uint hash = 2166136261;                              // FNV-1a: the same on every machine and in every run
        foreach (char c in domain)
        {
            hash = (hash ^ c) * 16777619;
        }

        return activeSince + RotateEvery * (0.95 + 0.1 * (hash % 1000) / 1000.0);
    }
}
