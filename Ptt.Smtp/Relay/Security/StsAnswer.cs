namespace Ptt.Smtp.Relay.Security;

/// <summary>What is known of a domain's MTA-STS policy: null policy, it has none in force; a fault, its policy could not be had this time.</summary>
public sealed record StsAnswer(StsPolicy? Policy, StsFault? Fault)
{
    public static readonly StsAnswer None = new(null, null);
}

/// <summary>Why (RFC 8460 §4.3.2.2): <see cref="TlsResult.StsPolicyFetchError"/>, <see cref="TlsResult.StsPolicyInvalid"/> or <see cref="TlsResult.StsWebPkiInvalid"/>.</summary>
public sealed record StsFault(TlsResult Result, string Words);

/// <summary>Policies of before the restart: a policy that was forgotten would have to be trusted anew at its first fetch (RFC 8461 §10.2).</summary>
public interface IStsStore
{
    IReadOnlyList<KeptSts> Load();

    void Save(KeptSts policy);
}

/// <summary>A policy with the id of its record and the time it was fetched.</summary>
public sealed record KeptSts(string Domain, string Id, string Text, DateTimeOffset FetchedAt);
