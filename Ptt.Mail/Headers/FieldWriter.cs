using System.Text;

namespace Ptt.Mail.Headers;

/// <summary>
/// Writes a field of our own, folded at white space to 78 octets where that is possible (RFC 5322 §2.1.1), in UTF-8
/// (RFC 6532) where the text is not ASCII. Control characters in the value become spaces: no text, wherever it came from,
/// ends the field early.
/// </summary>
public static class FieldWriter
{
    private const int MaxLine = 78;

    public static byte[] Write(string name, string value)
    {
        if (name.Length == 0 || name.Any(c => c is < '!' or > '~' or ':'))
        {
            throw new ArgumentException("Not a field name (RFC 5322 §2.2).", nameof(name));
        }

        var line = new StringBuilder(name.Length + value.Length + 8).Append(name).Append(':');
        int column = line.Length;
        foreach (string word in Words(value))
        {
            int width = Encoding.UTF8.GetByteCount(word) + 1;
            // A fold right after the colon would leave a first line without a value: never.
            bool fold = column + width > MaxLine && column > name.Length + 1;
            line.Append(fold ? "\r\n " : " ").Append(word);
            column = fold ? width : column + width;
        }

        return Encoding.UTF8.GetBytes(line.Append("\r\n").ToString());
    }

    /// <summary>The text without anything that could end a line or a field.</summary>
    public static string OneLine(string text) =>
        text.AsSpan().ContainsAnyInRange('\0', '\x1f') || text.Contains('\x7f', StringComparison.Ordinal)
            ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c))
            : text;

    private static string[] Words(string value) => OneLine(value).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
