namespace Ptt.Mail.Dkim;

/// <summary>The algorithms of RFC 6376 §3.4.</summary>
public enum CanonicalizationAlgorithm
{
    Simple,
    Relaxed,
}

/// <summary>c= of a signature: one algorithm for the header, one for the body.</summary>
public readonly record struct Canonicalization(CanonicalizationAlgorithm Header, CanonicalizationAlgorithm Body)
{
    public static readonly Canonicalization Relaxed = new(CanonicalizationAlgorithm.Relaxed, CanonicalizationAlgorithm.Relaxed);

    /// <summary>Takes the tag's value; null (no tag) means simple/simple, one name alone leaves the body simple (§3.5).</summary>
    public static bool TryParse(string? text, out Canonicalization value)
    {
        value = default;
        string[] names = (text ?? "simple").Split('/');
        if (names.Length > 2 || !TryName(names[0], out CanonicalizationAlgorithm header)
            || !TryName(names.Length > 1 ? names[1] : "simple", out CanonicalizationAlgorithm body))
        {
            return false;
        }

        value = new Canonicalization(header, body);
        return true;
    }

    public override string ToString() => $"{Name(Header)}/{Name(Body)}";

    private static string Name(CanonicalizationAlgorithm algorithm) => algorithm == CanonicalizationAlgorithm.Simple ? "simple" : "relaxed";

    private static bool TryName(string name, out CanonicalizationAlgorithm algorithm)
    {
        algorithm = name == "relaxed" ? CanonicalizationAlgorithm.Relaxed : CanonicalizationAlgorithm.Simple;
        return name is "relaxed" or "simple";
    }
}
