using System.Globalization;
using System.Net;

namespace Ptt.Dns;

/// <summary>
/// A domain name (RFC 1035 §2.3.1, RFC 5890), kept as lower-case A-labels without the final dot, so that two names are
/// equal when DNS says they are. The root is the empty name. The default value is the root.
/// </summary>
public readonly record struct DomainName : IComparable<DomainName>
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = false, AllowUnassigned = true };

    private readonly string? _ascii;

    private DomainName(string ascii) => _ascii = ascii;

    public static DomainName Root => default;

    public bool IsRoot => string.IsNullOrEmpty(_ascii);

    /// <summary>The labels from left to right; none for the root.</summary>
    public string[] Labels => IsRoot ? [] : _ascii!.Split('.');

    /// <summary>The name without its first label; the root is its own parent.</summary>
    public DomainName Parent
    {
        get
        {
            int dot = _ascii?.IndexOf('.') ?? -1;
            return dot < 0 ? Root : new DomainName(_ascii![(dot + 1)..]);
        }
    }

    public static DomainName Parse(string text) =>
        TryParse(text, out DomainName name) ? name : throw new FormatException($"'{text}' is not a domain name.");

    /// <summary>Takes A-labels, U-labels and one final dot; refuses empty labels, labels over 63 and names over 253 octets.</summary>
    public static bool TryParse(string? text, out DomainName name)
    {
        name = default;
        if (text is null)
        {
            return false;
        }

        text = text is "." ? "" : text.EndsWith('.') ? text[..^1] : text;
        if (text.Length == 0)
        {
            return true;
        }

        if (!TryToAscii(text, out string ascii) || ascii.Length > 253)
        {
            return false;
        }

        foreach (string label in ascii.Split('.'))
        {
            if (label.Length is 0 or > 63)
            {
                return false;
            }

            foreach (char c in label)
            {
                // Underscore for the names of RFC 8552, asterisk for wildcards; what else DNS could carry is not a name of ours.
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '*'))
                {
                    return false;
                }
            }
        }

        name = new DomainName(ascii);
        return true;
    }

    /// <summary>The name under which the name of an address is kept (RFC 1035 §3.5, RFC 3596 §2.5).</summary>
    public static DomainName ReverseOf(IPAddress address)
    {
        byte[] octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        return octets.Length == 4
            ? Parse(string.Join('.', octets.Reverse()) + ".in-addr.arpa")
            : Parse(string.Join('.', Convert.ToHexStringLower(octets).Reverse()) + ".ip6.arpa");
    }

    /// <summary>
    /// A name that came over the wire. Beside what <see cref="TryParse"/> takes, a slash: the delegations of RFC 2317 §4 hold it, and PTR answers lead
    /// through them.
    /// </summary>
    internal static bool TryFromWire(string ascii, out DomainName name)
    {
        foreach (char c in ascii)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '*' or '.' or '/'))
            {
                name = default;
                return false;
            }
        }

        name = new DomainName(ascii);
        return true;
    }

    /// <summary>True for the name itself and everything below it.</summary>
    public bool IsWithin(DomainName ancestor) =>
        ancestor.IsRoot || this == ancestor
        || (ToString().Length > ancestor.ToString().Length && ToString().EndsWith("." + ancestor, StringComparison.Ordinal));

    /// <summary>The name one level below: <c>Below("_dmarc")</c>, <c>Below("s1._domainkey")</c>.</summary>
    public DomainName Below(string labels) => Parse(IsRoot ? labels : labels + "." + _ascii);

    /// <summary>False where the name would be longer than names can be (RFC 1035 §2.3.4): for names that strangers chose.</summary>
    public bool TryBelow(string labels, out DomainName below) => TryParse(IsRoot ? labels : labels + "." + _ascii, out below);

    /// <summary>The form for people: U-labels where the A-labels decode.</summary>
    public string ToUnicode()
    {
        try
        {
            return Idn.GetUnicode(ToString());
        }
        catch (ArgumentException)
        {
            return ToString();
        }
    }

    public int CompareTo(DomainName other) => string.CompareOrdinal(ToString(), other.ToString());

    public bool Equals(DomainName other) => string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    public override int GetHashCode() => string.GetHashCode(ToString(), StringComparison.Ordinal);

    public override string ToString() => _ascii ?? "";

    private static bool TryToAscii(string text, out string ascii)
    {
        ascii = text;
        if (System.Text.Ascii.IsValid(text))
        {
            ascii = text.ToLowerInvariant();
            return true;
        }

        try
        {
            ascii = Idn.GetAscii(text).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
