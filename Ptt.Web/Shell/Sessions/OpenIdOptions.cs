namespace Ptt.Web.Shell.Sessions;

/// <summary>
/// Sign-in by an OpenID Connect provider. It only says who someone is: roles are those of the user of ours that has the address. Off
/// while <see cref="Authority"/> is empty.
/// </summary>
public sealed class OpenIdOptions
{
    public const string Section = "Ptt:Admin:OpenIdConnect";

    /// <summary>The provider's issuer, under which <c>/.well-known/openid-configuration</c> lies; https, except on loopback.</summary>
    public string Authority { get; set; } = "";

    /// <summary>What the provider calls us.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>From a file: <c>ClientSecretFile</c>. Empty for a public client, which has PKCE alone.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>What the button on the sign-in page calls the provider.</summary>
    public string Name { get; set; } = "OpenID Connect";

    /// <summary>The claim that holds the address of the user. Where it is <c>email</c>, the provider must say <c>email_verified</c> as well.</summary>
    public string AddressClaim { get; set; } = "email";

    internal bool IsOn => Authority.Length > 0;
}
