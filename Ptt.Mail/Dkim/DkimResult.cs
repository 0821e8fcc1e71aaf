namespace Ptt.Mail.Dkim;

/// <summary>RFC 8601 §2.7.1.</summary>
public enum DkimVerdict
{
    Pass,

    /// <summary>The signature does not fit the message.</summary>
    Fail,

    /// <summary>Verified, but by a rule of RFC 6376 it may not count.</summary>
    Policy,

    /// <summary>The signature itself cannot be read, or is of a kind we do not know.</summary>
    Neutral,

    /// <summary>The key could not be asked for now.</summary>
    TempError,

    /// <summary>There is no key, or none that can be used.</summary>
    PermError,
}

/// <summary>What one DKIM-Signature field came to. <paramref name="Detail"/> says why in words; texts of the signature may be a stranger's.</summary>
public sealed record DkimResult(string Domain, string Selector, string Algorithm, DkimVerdict Verdict, string Detail)
{
    public bool IsPass => Verdict == DkimVerdict.Pass;

    /// <summary>As Authentication-Results writes it.</summary>
    public string Word => Verdict.ToString().ToLowerInvariant();
}
