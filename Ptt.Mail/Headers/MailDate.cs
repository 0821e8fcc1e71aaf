using System.Globalization;

namespace Ptt.Mail.Headers;

/// <summary>date-time of RFC 5322 §3.3.</summary>
public static class MailDate
{
    public static string Format(DateTimeOffset time)
    {
        // The runtime's own form of it says GMT behind the local time; ours says by how much that is off.
        Span<char> text = stackalloc char[31];
        time.DateTime.TryFormat(text, out _, "r", CultureInfo.InvariantCulture);
        int minutes = Math.Abs(time.TotalOffsetMinutes);
        text[26] = time.TotalOffsetMinutes < 0 ? '-' : '+';
        _ = text[27..].TryWrite(CultureInfo.InvariantCulture, $"{minutes / 60 * 100 + minutes % 60:0000}", out _);
        return text.ToString();
    }

    /// <summary>The Date field of a message that has none (RFC 6409 §8.2).</summary>
    public static byte[] Field(DateTimeOffset time) => FieldWriter.Write("Date", Format(time));
}
