using System.ComponentModel.DataAnnotations;

namespace Ptt.Web.Keys;

/// <summary>Section <c>Ptt:Keys</c>.</summary>
public sealed class KeysOptions
{
    public const string Section = "Ptt:Keys";

    /// <summary>The keys that each domain has, in the order of their signatures: rsa-2048, rsa-3072, rsa-4096, ed25519. Empty: rsa-2048 and ed25519. Without an active key of the first, mail waits.</summary>
    public string[] Algorithms { get; set; } = [];

    /// <summary>How long a key signs; give or take 5 %, so that domains do not rotate at once.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan RotateEvery { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long the record of a key that signs no more stays: longer than the queue tries and letters travel. Also the time from t= to x= in a signature.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "3650.00:00:00")]
    public TimeSpan RetireFor { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long the record then says that the key is revoked (empty p=), before it goes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan RevokedFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often the records of keys in use are compared with what every name server shows.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the keys of a domain that is no longer ours rest before they are withdrawn: it may come back.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan RestFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Of the record of a key that signs; five minutes at most for one that comes or goes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Encrypts the private keys on disk (PKCS #8, AES-256). Once set it must stay: keys that were written with it need it.</summary>
    public string Passphrase { get; set; } = "";

    /// <summary>The names of new keys: %d seconds since 1970, %t date as yyyymmdd, %a r or e by algorithm, %r four random characters.</summary>
    [RegularExpression(@"^[A-Za-z0-9%]([A-Za-z0-9%.-]*[A-Za-z0-9%])?$")]
    public string SelectorPattern { get; set; } = "%t%a%r";

    /// <summary>Whether mail of a sub-domain of ours is signed with the keys of the nearest domain above that is ours (relaxed alignment, RFC 7489).</summary>
    public bool WalkUp { get; set; } = true;

    /// <summary>Whether mail that an alias sends on, or that came with an ARC chain, is sealed (RFC 8617).</summary>
    public bool SealForwarded { get; set; } = true;

    /// <summary>Fixed selectors and imported keys, by domain. Such a key is not rotated.</summary>
    public Dictionary<string, DomainOptions> Domains { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public sealed class DomainOptions
    {
        /// <summary>The name of the one key of this domain.</summary>
        public string Selector { get; set; } = "";

        /// <summary>A private key in PEM (PKCS #8 or PKCS #1), or the 32 octets of an Ed25519 key in base64, used at once and alone. Its record is the administrator's to publish.</summary>
        public string Key { get; set; } = "";
    }
}
