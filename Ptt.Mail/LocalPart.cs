namespace Ptt.Mail;

/// <summary>
/// The part of a mailbox before the at sign (RFC 5321 §4.1.2), unquoted. It never holds CR, LF or NUL, and compares
/// octet by octet: what two local parts have in common is for their domain to say (§2.4).
/// </summary>
public readonly record struct LocalPart
{
    private readonly string? _text;

    private LocalPart(string text) => _text = text;

    /// <summary>True where SMTPUTF8 (RFC 6531) is needed to carry it.</summary>
    public bool IsInternationalized => !System.Text.Ascii.IsValid(_text ?? "");

    /// <summary>Takes the unquoted text; 64 octets of UTF-8 at most (RFC 5321 §4.5.3.1.1).</summary>
    public static bool TryCreate(string text, out LocalPart localPart)
    {
        localPart = default;
        if (text.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(text) > 64)
        {
            return false;
        }

        foreach (char c in text)
        {
            if (char.IsControl(c) || char.IsSurrogate(c) && !IsPaired(text))
            {
                return false;
            }
        }

        localPart = new LocalPart(text);
        return true;
    }

    /// <summary>The unquoted text.</summary>
    public string Value => _text ?? "";

    /// <summary>The wire form: a Dot-string, or a Quoted-string where it must be one.</summary>
    public override string ToString() =>
        IsDotString(Value) ? Value : "\"" + Value.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    private static bool IsDotString(string text)
    {
        if (text.StartsWith('.') || text.EndsWith('.') || text.Contains("..", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (char c in text)
        {
            if (c < 0x80 && !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-/=?^_`{|}~.".Contains(c))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPaired(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
