using System.Net;

namespace Ptt.Smtp.Sasl;

/// <summary>Who may log in. The submission role asks; whoever keeps the users answers (from a cache, never from git).</summary>
public interface IAuthenticator
{
    /// <summary>
    /// For PLAIN and LOGIN. Takes the same time for an unknown user as for a wrong password. Counts what failed and
    /// refuses once there were too many.
    /// </summary>
    ValueTask<AuthVerdict> VerifyPasswordAsync(string userName, string password, IPAddress client, CancellationToken cancellationToken);

    /// <summary>
    /// For SCRAM. An unknown, disabled or throttled user gets a made-up verifier that is the same at every try, so that
    /// nothing can be learned from the first server message.
    /// </summary>
    ValueTask<ScramVerifier> GetScramVerifierAsync(string userName, IPAddress client, CancellationToken cancellationToken);

    /// <summary>
    /// Ends a SCRAM exchange: <paramref name="proven"/> is the verifier given before, where the client's proof fitted it. Whether it still
    /// counts is asked again: between the two messages a password may change.
    /// </summary>
    ValueTask<AuthVerdict> CompleteScramAsync(string userName, ScramVerifier? proven, IPAddress client, CancellationToken cancellationToken);

    /// <summary>False as soon as the user was disabled, deleted, or lost this credential. Asked at every MAIL, so it costs a look-up in memory.</summary>
    bool IsCurrent(Login login);
}

/// <summary>What came of an attempt to log in.</summary>
public abstract record AuthVerdict
{
    public sealed record Accepted(Login Login) : AuthVerdict;

    /// <summary>535 5.7.8, for every reason alike: unknown, wrong, disabled, expired, from a network that is not allowed.</summary>
    public sealed record Refused : AuthVerdict;

    /// <summary>Too many failures: 454 4.7.0 and try again after the time given.</summary>
    public sealed record Throttled(TimeSpan RetryAfter) : AuthVerdict;

    /// <summary>The store cannot be read: 454 4.7.0.</summary>
    public sealed record Unavailable : AuthVerdict;
}
