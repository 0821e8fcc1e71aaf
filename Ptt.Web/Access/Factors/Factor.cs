namespace Ptt.Web.Access.Factors;

/// <summary>What a person shows besides a password.</summary>
public enum FactorKind
{
    /// <summary>Codes of an authenticator app.</summary>
    Totp,

    /// <summary>WebAuthn: a key in a device, a phone or a password manager. Lets in alone as well, since it asks for a finger or a PIN itself.</summary>
    Passkey,

    /// <summary>Codes on paper, each good once, for when the others are lost.</summary>
    RecoveryCode,
}

/// <summary>A factor as it may be shown: never its secret.</summary>
public sealed record Factor(string Id, FactorKind Kind, string Name, DateTimeOffset Created, DateTimeOffset? LastUsed);

/// <summary>What came of a code.</summary>
public abstract record FactorVerdict
{
    /// <param name="Kind">What let the person in.</param>
    /// <param name="CodesLeft">How many recovery codes are left.</param>
    public sealed record Accepted(FactorKind Kind, int CodesLeft) : FactorVerdict;

    public sealed record Wrong : FactorVerdict;

    public sealed record Throttled(TimeSpan RetryAfter) : FactorVerdict;
}
