using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Ptt.Dns.Updating;

/// <summary>
/// A secret shared with a name server (RFC 8945 §2). Its text form is <c>NAME:ALGORITHM:BASE64</c>; the secret shows in no other place, and
/// <see cref="ToString"/> leaves it out.
/// </summary>
public sealed class TsigKey
{
    private const string UpdateLabel = "_update";

    private readonly byte[] _secret;

    public TsigKey(DomainName name, TsigAlgorithm algorithm, ReadOnlySpan<byte> secret)
    {
        (Name, Algorithm, _secret) = (name, algorithm, secret.ToArray());
    }

    public DomainName Name { get; }

    public TsigAlgorithm Algorithm { get; }

    /// <summary>The zone that such a key may change when its name says so: <c>foo._update.example.org</c> is for <c>example.org</c>.</summary>
    public DomainName? Zone
    {
        get
        {
            string[] labels = Name.Labels;
            int at = Array.IndexOf(labels, UpdateLabel);
            return at >= 0 && at < labels.Length - 1 ? DomainName.Parse(string.Join('.', labels[(at + 1)..])) : null;
        }
    }

    public static TsigKey Generate(DomainName name, TsigAlgorithm algorithm) =>
        new(name, algorithm, RandomNumberGenerator.GetBytes(algorithm.Length));

    /// <summary><paramref name="fault"/> says what is wrong without repeating the secret.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out TsigKey? key, [NotNullWhen(false)] out string? fault)
    {
        (key, fault) = (null, null);
        if (text?.Trim().Split(':') is not [var name, var algorithm, var secret])
        {
            fault = "A TSIG key is written NAME:ALGORITHM:BASE64.";
        }
        else if (!DomainName.TryParse(name, out DomainName domain) || domain.IsRoot)
        {
            fault = $"'{name}' is not the name of a TSIG key.";
        }
        else if (!TsigAlgorithm.TryParse(algorithm, out TsigAlgorithm? known))
        {
            fault = $"'{algorithm}' is not a TSIG algorithm: {string.Join(", ", TsigAlgorithm.All)}.";
        }
        else
        {
            byte[] octets = new byte[secret.Length];
            if (Convert.TryFromBase64String(secret, octets, out int length) && length > 0)
            {
                key = new TsigKey(domain, known, octets.AsSpan(0, length));
                return true;
            }

            fault = $"The secret of the TSIG key {name} is not base64.";
        }

        return false;
    }

    /// <summary>The text form with the secret: for a configuration that is handed on, never for a log.</summary>
    public string ToSecretText() => $"{Name}:{Algorithm.ShortName}:{Convert.ToBase64String(_secret)}";

    public override string ToString() => $"{Name}:{Algorithm.ShortName}:***";

    internal byte[] Mac(byte[] octets) => Algorithm.Mac(_secret, octets);
}
