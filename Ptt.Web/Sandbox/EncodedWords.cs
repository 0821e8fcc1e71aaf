using System.Text;
using System.Text.RegularExpressions;

namespace Ptt.Web.Sandbox;

/// <summary>Decodes RFC 2047 encoded words for people to read. What cannot be decoded stays as it is.</summary>
internal static partial class EncodedWords
{
    public static string Decode(string text) =>
        // §6.2: white space between two encoded words belongs to neither.
        Word().Replace(Between().Replace(text.Trim(), ""), m => Decode(m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value) ?? m.Value);

    private static string? Decode(string charset, string encoding, string encoded)
    {
        try
        {
            byte[] octets = encoding is "B" or "b" ? Convert.FromBase64String(encoded) : Q(encoded);
            return Encoding.GetEncoding(charset.Split('*')[0]).GetString(octets);   // RFC 2231 §5: *language
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] Q(string encoded)
    {
        var octets = new List<byte>(encoded.Length);
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '=' && i + 2 < encoded.Length)
            {
                octets.Add(Convert.FromHexString(encoded.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                octets.Add((byte)(encoded[i] == '_' ? ' ' : encoded[i]));   // §4.2 (2)
            }
        }

        return [.. octets];
    }

    [GeneratedRegex(@"=\?([^?\s]+)\?([BbQq])\?([^?\s]*)\?=")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<=\?=)\s+(?==\?[^?\s]+\?[BbQq]\?)")]
    private static partial Regex Between();
}
