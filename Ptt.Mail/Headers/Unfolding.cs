using System.Text;

namespace Ptt.Mail.Headers;

/// <summary>RFC 5322 §2.2.3: a CRLF before white space is not part of the value; the white space is.</summary>
public static class Unfolding
{
    public static string ToText(ReadOnlySpan<byte> value)
    {
        int fold = value.IndexOf("\r\n"u8);
        if (fold < 0)
        {
            return Encoding.UTF8.GetString(value).Trim(' ', '\t');
        }

        byte[] line = new byte[value.Length];
        int length = 0;
        while (fold >= 0)
        {
            value[..fold].CopyTo(line.AsSpan(length));
            length += fold;
            value = value[(fold + 2)..];
            fold = value.IndexOf("\r\n"u8);
        }

        value.CopyTo(line.AsSpan(length));
        return Encoding.UTF8.GetString(line, 0, length + value.Length).Trim(' ', '\t');
    }
}
