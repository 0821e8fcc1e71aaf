using System.Diagnostics.CodeAnalysis;
using Ptt.Mail.Dkim;

namespace Ptt.Web.Keys.Rings;

/// <summary>A signature algorithm with the size of its keys, as configuration and pages name it: <c>rsa-2048</c>, <c>ed25519</c>.</summary>
internal sealed record KeyKind(string Name, DkimKeyType Type, int Bits)
{
    public static readonly KeyKind Rsa2048 = new("rsa-2048", DkimKeyType.Rsa, 2048);
    public static readonly KeyKind Ed25519 = new("ed25519", DkimKeyType.Ed25519, 256);

    private static readonly KeyKind[] All =
        [Rsa2048, new("rsa-3072", DkimKeyType.Rsa, 3072), new("rsa-4096", DkimKeyType.Rsa, 4096), Ed25519];

    public static IEnumerable<string> Names => All.Select(k => k.Name);

    public static bool TryParse(string? name, [NotNullWhen(true)] out KeyKind? kind)
    {
        kind = Array.Find(All, k => string.Equals(k.Name, name, StringComparison.OrdinalIgnoreCase));
        return kind is not null;
    }

    /// <summary>The letter that a selector carries.</summary>
    public char Letter => Type == DkimKeyType.Rsa ? 'r' : 'e';

    public override string ToString() => Name;
}
