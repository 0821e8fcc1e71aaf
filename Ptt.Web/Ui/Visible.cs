using System.Globalization;
using System.Text;

namespace Ptt.Web.Ui;

/// <summary>
/// Text of strangers (subjects, replies, EHLO names) made fit to be read: what is invisible or turns the line around is
/// named instead of obeyed. Markup is the renderer's business, which escapes everything.
/// </summary>
public static class Visible
{
    /// <summary>At most <paramref name="atMost"/> UTF-16 units of the text, then an ellipsis.</summary>
    public static string Text(string? text, int atMost = 300)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var shown = new StringBuilder(Math.Min(text.Length, atMost) + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= atMost)
            {
                return shown.Append('…').ToString();
            }

            Append(shown, rune);
        }

        return shown.ToString();
    }

    private static void Append(StringBuilder shown, Rune rune)
    {
        switch (rune.Value)
        {
            case '\t' or '\n' or '\r':
                shown.Append(' ');
                break;
            case < 0x20:
                shown.Append((char)(0x2400 + rune.Value));   // the control pictures of Unicode
                break;
            case 0x7f:
                shown.Append('\u2421');
                break;
            case 0x200d or 0x200c:
                shown.Append(rune);                          // joiners are part of words and of emoji
                break;
            default:
                UnicodeCategory category = Rune.GetUnicodeCategory(rune);
                if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                {
                    shown.Append(CultureInfo.InvariantCulture, $"‹U+{rune.Value:X4}›");   // bidi overrides are of category Format
                }
                else
                {
                    shown.Append(rune);
                }

                break;
        }
    }
}
