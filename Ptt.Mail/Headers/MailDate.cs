using System.Globalization;

namespace Ptt.Mail.Headers;

/// <summary>date-time of RFC 5322 §3.3.</summary>
public static class MailDate
{
    public static string Format(DateTimeOffset time)
    {
        string offset = time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        return time.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture) + offset;
    }

    /// <summary>The Date field of a message that has none (RFC 6409 §8.2).</summary>
    public static byte[] Field(DateTimeOffset time) => FieldWriter.Write("Date", Format(time));
}
