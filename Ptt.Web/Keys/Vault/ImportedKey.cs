using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ptt.Dns;
using Ptt.Mail.Dkim;

namespace Ptt.Web.Keys.Vault;

/// <summary>Reads a private key that an administrator brings: PEM in PKCS #8 or PKCS #1 form, or the base64 of an Ed25519 seed.</summary>
internal static class ImportedKey
{
    public static bool TryRead(DomainName domain, string selector, string text, [NotNullWhen(true)] out IDkimKey? key, out string fault)
    {
        key = null;
        fault = "holds neither a PEM private key (PRIVATE KEY, RSA PRIVATE KEY) nor the base64 of 32 octets.";
        try
        {
            if (PemEncoding.TryFind(text, out PemFields pem))
            {
                byte[] der = Convert.FromBase64String(text[pem.Base64Data]);
                switch (text[pem.Label])
                {
                    case "PRIVATE KEY":
                        key = PrivateKeyForm.Open(domain, selector, der);
                        return true;
                    case "RSA PRIVATE KEY":
                        var rsa = RSA.Create();
                        rsa.ImportRSAPrivateKey(der, out _);
                        key = new RsaDkimKey(domain, selector, rsa);
                        return true;
                    default:
                        return false;
                }
            }

            byte[] seed = Convert.FromBase64String(text.Trim());
            key = seed.Length == 32 ? Ed25519DkimKey.FromSeed(domain, selector, seed) : null;
            return key is not null;
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException)
        {
            fault = "cannot be read as a private key: RSA of 1024 bits or more, or Ed25519, without a passphrase.";
            return false;
        }
    }
}
