namespace Ptt.Web.Access;

/// <summary>The names of the authentication schemes and of the claims that they give.</summary>
public static class AccessSchemes
{
    /// <summary>Takes a bearer token where one is sent, else the session of a signed-in person.</summary>
    public const string Default = "Ptt";

    public const string Token = "Ptt.Token";

    /// <summary>The cookie of a signed-in person; <c>Shell/</c> signs in and sets its lifetime.</summary>
    public const string Session = "Ptt.Session";

    public const string ScopeClaim = "scope";

    /// <summary>The person's roles wait until they add a second factor (<see cref="AccessOptions.RequireSecondFactor"/>).</summary>
    public const string EnrolClaim = "enrol";

    public const string RoleClaim = "role";

    /// <summary>A domain that the caller is bound to; without any such claim the caller is bound to none.</summary>
    public const string DomainClaim = "domain";
}
