using System.Text.Json.Serialization;

namespace Ptt.Web.Keys.Rings;

/// <summary>All keys of a domain that ever were, and its clock. Saved whole before and after each step.</summary>
public sealed record KeyRing
{
    public const int CurrentForm = 1;

    public required string Domain { get; init; }

    /// <summary>The form of the file. A ring of a newer one is not read: what this program did not know of would be gone with the next step.</summary>
    public int Form { get; init; } = CurrentForm;

    public IReadOnlyList<KeyEntry> Keys { get; init; } = [];

    /// <summary>The ring's time when it was saved, and the wall's.</summary>
    public DateTimeOffset ClockAt { get; init; }

    public DateTimeOffset WallAt { get; init; }

    /// <summary>Algorithms whose standby key is to take over as soon as there is one.</summary>
    public IReadOnlyList<string> RotateNow { get; init; } = [];

    /// <summary>Since when the domain is not ours, in the ring's time; null while it is.</summary>
    public DateTimeOffset? LostAt { get; init; }

    /// <summary>Whether there is still anything to do for it.</summary>
    [JsonIgnore]
    public bool IsOver => Keys.All(k => k.State == KeyState.Removed);

    [JsonIgnore]
    public IEnumerable<KeyEntry> Active => Keys.Where(k => k.State == KeyState.Active);

    public KeyEntry? Find(string selector) => Keys.FirstOrDefault(k => string.Equals(k.Selector, selector, StringComparison.OrdinalIgnoreCase));

    public KeyEntry? Find(string algorithm, KeyState state) => Keys.FirstOrDefault(k => k.Algorithm == algorithm && k.State == state);

    /// <summary>With this key in the place of the one with its selector, or added.</summary>
    public KeyRing With(KeyEntry key) => Find(key.Selector) is null
        ? this with { Keys = [.. Keys, key] }
        : this with { Keys = [.. Keys.Select(k => string.Equals(k.Selector, key.Selector, StringComparison.OrdinalIgnoreCase) ? key : k)] };
}
