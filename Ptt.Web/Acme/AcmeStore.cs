using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;

namespace Ptt.Web.Acme;

/// <summary>
/// What must survive: the account's key, the certificate with its key, the challenge records that may still stand in DNS, and how often it failed. All of
/// it under <c>certificates</c> in the data directory, readable by us alone.
/// </summary>
public sealed class AcmeStore(IOptions<AcmeOptions> options, DataDirectory data)
{
    /// <summary>PEM: certificate, intermediates, key. There once the first order succeeded.</summary>
    public string CertificatePath { get; } = data.File("certificates", "acme.pem");

    /// <summary>A certificate is asked for, and has come.</summary>
    public bool HasCertificate => options.Value.IsConfigured && File.Exists(CertificatePath);

    /// <summary>After a new certificate was written.</summary>
    public event Action? Renewed;

    /// <summary>RFC 8555 §7.3: the same key for the life of the account; made at the first use.</summary>
    internal ECDsa AccountKey()
    {
        string path = data.File("certificates", "acme-account.pem");
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(path))
        {
            key.ImportFromPem(File.ReadAllText(path));
        }
        else
        {
            CertificateFile.WritePrivate(path, key.ExportPkcs8PrivateKeyPem() + "\n");
        }

        return key;
    }

    internal void Write(string pem)
    {
        CertificateFile.WritePrivate(CertificatePath, pem);
        Renewed?.Invoke();
    }

    /// <summary>Null: there is none, or it cannot be read.</summary>
    internal CertificateFile? Read()
    {
        try
        {
            return File.Exists(CertificatePath) ? CertificateFile.Load(CertificatePath, "") : null;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or ArgumentException)
        {
            return null;
        }
    }

    internal AcmeAttempts Attempts
    {
        get
        {
            try
            {
                return File.Exists(StatePath) ? JsonSerializer.Deserialize(File.ReadAllText(StatePath), AcmeJson.Default.AcmeAttempts) ?? AcmeAttempts.None : AcmeAttempts.None;
            }
            catch (JsonException)
            {
                return AcmeAttempts.None;
            }
        }

        set => CertificateFile.WritePrivate(StatePath, JsonSerializer.Serialize(value, AcmeJson.Default.AcmeAttempts) + "\n");
    }

    private string StatePath => data.File("certificates", "acme.json");
}

/// <summary>
/// Orders that failed in a row, and before when no other is made; for the same settings only: who mends them is not made to wait, who merely
/// restarts is. <paramref name="Challenges"/> are values of ours that may still stand in DNS.
/// </summary>
internal sealed record AcmeAttempts(int Failures, DateTimeOffset NotBefore, string Settings, IReadOnlyList<string> Challenges)
{
    public static readonly AcmeAttempts None = new(0, DateTimeOffset.MinValue, "", []);
}
