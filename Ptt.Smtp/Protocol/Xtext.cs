using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ptt.Smtp.Protocol;

/// <summary>The encoding of ENVID, ORCPT and AUTH= (RFC 3461 §4): "+" and two upper-case hexadecimal digits for what xchar cannot be.</summary>
public static class Xtext
{
    /// <summary>
    /// False: not xtext, or what it says holds a control character. With <paramref name="unicode"/> characters over 127 may stand
    /// as they are (utf-8-addr-unitext, RFC 6533 §3).
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out string? text, bool unicode = false)
    {
        text = null;
        var decoded = new StringBuilder(encoded.Length);
        for (int i = 0; i < encoded.Length; i++)
        {
            char c = encoded[i];
            if (c == '+')
            {
                if (i + 2 >= encoded.Length || !IsUpperHex(encoded[i + 1]) || !IsUpperHex(encoded[i + 2]))
                {
                    return false;
                }

                c = (char)byte.Parse(encoded.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 2;
            }
            else if (c is not (>= '!' and <= '~' and not '=') && !(unicode && c > '\x7F'))
            {
                return false;
            }

            if (char.IsControl(c))
            {
                return false;
            }

            decoded.Append(c);
        }

        text = decoded.ToString();
        return true;
    }

    /// <summary>Takes characters up to U+00FF; what lies above cannot be said in xtext and becomes a question mark (RFC 6533 has utf-8-addr-xtext).</summary>
    public static string Encode(ReadOnlySpan<char> text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is >= '!' and <= '~' and not ('+' or '='))
            {
                encoded.Append(c);
            }
            else
            {
                encoded.Append('+').Append(((int)(c > 0xFF ? '?' : c)).ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }

    private static bool IsUpperHex(char c) => c is (>= '0' and <= '9') or (>= 'A' and <= 'F');
}
