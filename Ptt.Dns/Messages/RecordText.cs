using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ptt.Dns.Messages;

/// <summary>
/// The form of a master file (RFC 1035 §5.1), one record a line and every name absolute: what an administrator pastes into a zone. Types without a
/// form of their own are written as RFC 3597 §5 says.
/// </summary>
public static class RecordText
{
    /// <summary>A record without a TTL gets this one.</summary>
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromHours(1);

    public static string Format(ResourceRecord record) => string.Create(
        CultureInfo.InvariantCulture, $"{Absolute(record.Name)} {(long)record.Ttl.TotalSeconds} {Name(record.Class)} {Name(record.Type)} {Format(record.Data)}");

    /// <summary>The mnemonic of the type; <c>TYPE65280</c> where there is none (RFC 3597 §5).</summary>
    public static string Name(RecordType type) =>
        Enum.IsDefined(type) ? type.ToString().ToUpperInvariant() : string.Create(CultureInfo.InvariantCulture, $"TYPE{(ushort)type}");

    /// <summary>The mnemonic of the code, as dig and named write it.</summary>
    public static string Name(ResponseCode code) =>
        Enum.IsDefined(code) ? code.ToString().ToUpperInvariant() : string.Create(CultureInfo.InvariantCulture, $"RCODE{(int)code}");

    /// <summary>The right-hand side alone.</summary>
    public static string Format(RecordData data) => data switch
    {
        RecordData.Address(var value) => value.ToString(),
        RecordData.Name(var value) => Absolute(value),
        RecordData.Mx(var preference, var exchange) => Join(preference, Absolute(exchange)),
        RecordData.Srv(var priority, var weight, var port, var target) => Join(priority, weight, port, Absolute(target)),
        RecordData.Soa soa => Join(
            Absolute(soa.Primary), Absolute(soa.Mailbox), soa.Serial, (long)soa.Refresh.TotalSeconds, (long)soa.Retry.TotalSeconds,
            (long)soa.Expire.TotalSeconds, (long)soa.Minimum.TotalSeconds),
        RecordData.Txt(var text) => string.Join(' ', Strings(text).Select(Quote)),
        RecordData.Tlsa tlsa => Join(tlsa.Usage, tlsa.Selector, tlsa.Matching, Convert.ToHexStringLower(tlsa.Association.Span)),
        RecordData.Caa(var flags, var tag, var value) => Join(flags, tag, Quote(value)),
        RecordData.Unknown(var octets) => $"\\# {octets.Length} {Convert.ToHexStringLower(octets.Span)}".TrimEnd(),
        _ => throw new NotSupportedException(data.GetType().Name),
    };

    /// <summary>The character-strings of a text: at most 255 octets each, and at least one (RFC 1035 §3.3.14).</summary>
    public static IEnumerable<string> Strings(string text) =>
        text.Length == 0 ? [""] : text.Chunk(255).Select(chunk => new string(chunk));

    /// <summary>Reads <c>name [ttl] [IN] type rdata</c>. Relative names do not exist here: a missing final dot changes nothing.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out ResourceRecord? record)
    {
        record = null;
        if (!TrySplit(line, out List<string> words) || words.Count < 3 || !DomainName.TryParse(words[0], out DomainName name))
        {
            return false;
        }

        int next = 1;
        TimeSpan ttl = DefaultTtl;
        if (uint.TryParse(words[next], NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds))
        {
            ttl = TimeSpan.FromSeconds(seconds);
            next++;
        }

        next += next < words.Count && words[next].Equals("IN", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        if (next >= words.Count || !TryParseType(words[next], out RecordType type) || !TryParseData(type, words[(next + 1)..], out RecordData? data))
        {
            return false;
        }

        record = new ResourceRecord(name, type, ttl, data);
        return true;
    }

    public static bool TryParseType(string text, out RecordType type)
    {
        type = default;
        if (text.StartsWith("TYPE", StringComparison.OrdinalIgnoreCase) && ushort.TryParse(text.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number))
        {
            type = (RecordType)number;
            return true;
        }

        return text.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse(text, ignoreCase: true, out type);
    }

    private static bool TryParseData(RecordType type, List<string> words, [NotNullWhen(true)] out RecordData? data)
    {
        data = (type, words) switch
        {
            (_, ["\\#", var length, ..]) => Unknown(length, string.Concat(words.Skip(2))),
            (RecordType.A, [var text]) when IPAddress.TryParse(text, out IPAddress? ip) && ip.AddressFamily == AddressFamily.InterNetwork => new RecordData.Address(ip),
            (RecordType.Aaaa, [var text]) when IPAddress.TryParse(text, out IPAddress? ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 => new RecordData.Address(ip),
            (RecordType.NS or RecordType.CName or RecordType.Ptr, [var text]) when DomainName.TryParse(text, out DomainName name) => new RecordData.Name(name),
            (RecordType.Mx, [var preference, var exchange]) when Number(preference, out int p) && DomainName.TryParse(exchange, out DomainName name) => new RecordData.Mx(p, name),
            (RecordType.Srv, [var priority, var weight, var port, var target])
                when Number(priority, out int p) && Number(weight, out int w) && Number(port, out int at) && DomainName.TryParse(target, out DomainName name) => new RecordData.Srv(p, w, at, name),
            (RecordType.Soa, [var primary, var mailbox, ..]) when words.Count == 7 && DomainName.TryParse(primary, out DomainName p) && DomainName.TryParse(mailbox, out DomainName m) => Soa(p, m, words[2..]),
            (RecordType.Txt, [_, ..]) when words.All(word => word.Length <= 255) => new RecordData.Txt(string.Concat(words)),
            (RecordType.Tlsa, [var usage, var selector, var matching, ..]) => Tlsa(usage, selector, matching, string.Concat(words.Skip(3))),
            (RecordType.Caa, [var flags, var tag, var value]) when byte.TryParse(flags, NumberStyles.None, CultureInfo.InvariantCulture, out byte f) => new RecordData.Caa(f, tag, value),
            _ => null,
        };
        return data is not null;
    }

    private static bool Number(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= ushort.MaxValue;

    private static RecordData.Soa? Soa(DomainName primary, DomainName mailbox, List<string> words)
    {
        uint[] numbers = [.. words.Select(word => uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out uint n) ? (uint?)n : null).OfType<uint>()];
        return numbers is [var serial, var refresh, var retry, var expire, var minimum]
            ? new RecordData.Soa(primary, mailbox, serial, TimeSpan.FromSeconds(refresh), TimeSpan.FromSeconds(retry), TimeSpan.FromSeconds(expire), TimeSpan.FromSeconds(minimum))
            : null;
    }

    private static RecordData.Tlsa? Tlsa(string usage, string selector, string matching, string hex) =>
        byte.TryParse(usage, CultureInfo.InvariantCulture, out byte u) && byte.TryParse(selector, CultureInfo.InvariantCulture, out byte s)
        && byte.TryParse(matching, CultureInfo.InvariantCulture, out byte m) && TryHex(hex, out byte[] octets)
            ? new RecordData.Tlsa(u, s, m, octets)
            : null;

    private static RecordData.Unknown? Unknown(string length, string hex) =>
        TryHex(hex, out byte[] octets) && octets.Length.ToString(CultureInfo.InvariantCulture) == length ? new RecordData.Unknown(octets) : null;

    private static bool TryHex(string hex, out byte[] octets)
    {
        bool good = hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit);
        octets = good ? Convert.FromHexString(hex) : [];
        return good;
    }

    /// <summary>Words are parted by white space; a quoted one may hold it, <c>\DDD</c> is one octet, <c>\X</c> is X, and ; begins a comment (§5.1).</summary>
    private static bool TrySplit(string line, out List<string> words)
    {
        words = [];
        var word = new StringBuilder();
        bool quoted = false;
        bool inside = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (c == '\\' && !(i + 1 < line.Length && line[i + 1] == '#'))
            {
                if (i + 3 < line.Length && byte.TryParse(line.AsSpan(i + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out byte octet))
                {
                    word.Append((char)octet);
                    i += 3;
                }
                else if (++i < line.Length)
                {
                    word.Append(line[i]);
                }

                inside = true;
            }
            else if (c == '"')
            {
                (quoted, inside) = (!quoted, true);
            }
            else if (!quoted && c == ';')
            {
                break;
            }
            else if (!quoted && char.IsWhiteSpace(c))
            {
                Take(words);
            }
            else
            {
                word.Append(c);
                inside = true;
            }
        }

        Take(words);
        return !quoted;

        void Take(List<string> into)
        {
            if (inside)
            {
                into.Add(word.ToString());
            }

            word.Clear();
            inside = false;
        }
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                < ' ' or > '~' => quoted.Append(CultureInfo.InvariantCulture, $"\\{(byte)c:000}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static string Absolute(DomainName name) => name + ".";

    private static string Name(RecordClass @class) => @class switch
    {
        RecordClass.IN => "IN",
        RecordClass.None => "NONE",
        RecordClass.Any => "ANY",
        _ => string.Create(CultureInfo.InvariantCulture, $"CLASS{(ushort)@class}"),
    };

    private static string Join(params ReadOnlySpan<object> words) =>
        string.Join(' ', words.ToArray().Select(word => Convert.ToString(word, CultureInfo.InvariantCulture)));
}
