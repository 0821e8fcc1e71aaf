namespace Ptt.Web.Links;

/// <summary>How the roles know each other when they stand on several machines: certificates of an authority of our own.</summary>
public sealed class LinksOptions
{
    public const string Section = "Ptt:Links";

    /// <summary>PEM: this machine's certificate and key, as <c>ptt authority issue</c> made it. Empty: <c>&lt;data&gt;/link/certificate.pem</c>, where there is one.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>PEM: the authority's certificate. Empty: <c>&lt;data&gt;/link/authority.pem</c>, where there is one.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Where this machine renews its certificate: the pages of the machine that holds the authority's key, such as <c>https://signer.example.org:8080</c>. Empty: only by hand, or where the key is here.</summary>
    public string RenewFrom { get; set; } = "";

    /// <summary>PEM: whom to trust as that machine's web server, where it is not a public authority.</summary>
    public string RenewFromTrustAnchors { get; set; } = "";

    internal (string Certificate, string Authority) Paths(string dataDirectory) => (
        Certificate.Length > 0 ? Certificate : Path.Combine(dataDirectory, "link", "certificate.pem"),
        Authority.Length > 0 ? Authority : Path.Combine(dataDirectory, "link", "authority.pem"));

    /// <summary>Both files are there.</summary>
    internal bool IsConfigured(string dataDirectory)
    {
        (string certificate, string authority) = Paths(dataDirectory);
        return File.Exists(certificate) && File.Exists(authority);
    }
}
