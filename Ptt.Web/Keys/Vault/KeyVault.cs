using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Web.Configuration;
using Ptt.Web.Keys.Rings;

namespace Ptt.Web.Keys.Vault;

/// <summary>
/// The one type that holds private keys. It makes them, keeps them under <c>keys/&lt;domain&gt;/&lt;selector&gt;.pem</c>, lets them
/// sign, and destroys them. There is no way to get one out of it.
/// </summary>
internal sealed class KeyVault(DataDirectory data, IOptions<KeysOptions> options)
{
    private readonly ConcurrentDictionary<(DomainName, string), IDkimKey> _open = new();

    /// <summary>Makes a key and writes it; if it was made before, nothing changes. Returns its public half.</summary>
    public KeyRecord Create(DomainName domain, string selector, KeyKind kind)
    {
        string path = PathOf(domain, selector);
        if (!File.Exists(path))
        {
            byte[] pkcs8 = PrivateKeyForm.Generate(kind);
            DurableFile.Write(path, Encoding.ASCII.GetBytes(PrivateKeyForm.ToPem(pkcs8, options.Value.Passphrase)));
            CryptographicOperations.ZeroMemory(pkcs8);
        }

        return Open(domain, selector) switch
        {
            RsaDkimKey rsa => rsa.PublicRecord,
            Ed25519DkimKey ed25519 => ed25519.PublicRecord,
            _ => throw new CryptographicException("A key of an unknown kind."),
        };
    }

    /// <summary>The key to sign with; null when its file is gone, spoilt, or of another passphrase. <paramref name="fault"/> says which.</summary>
    public IDkimKey? TryOpen(DomainName domain, string selector, out string? fault)
    {
        try
        {
            fault = null;
            return Open(domain, selector);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            fault = wrong is CryptographicException or FormatException
                ? "The private key cannot be read: it is spoilt, or Ptt:Keys:Passphrase is not the one it was written with."
                : "The private key's file is gone or cannot be read.";
            return null;
        }
    }

    /// <summary>Deletes the private half; again is no fault.</summary>
    public void Destroy(DomainName domain, string selector)
    {
        _open.TryRemove((domain, selector), out _);   // not disposed: a signature may be under way
        DurableFile.Delete(PathOf(domain, selector));
    }

    private IDkimKey Open(DomainName domain, string selector)
    {
        if (_open.TryGetValue((domain, selector), out IDkimKey? key))
        {
            return key;
        }

        byte[] pkcs8 = PrivateKeyForm.FromPem(File.ReadAllText(PathOf(domain, selector)), options.Value.Passphrase);
        key = PrivateKeyForm.Open(domain, selector, pkcs8);
        CryptographicOperations.ZeroMemory(pkcs8);
        return _open.GetOrAdd((domain, selector), key);
    }

    private string PathOf(DomainName domain, string selector) => data.File("keys", domain.ToString(), selector + ".pem");
}
