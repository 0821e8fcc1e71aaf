using System.Globalization;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay;

/// <summary>A reply read back from the text that was stored of it (<see cref="Reply.ToString"/>).</summary>
public static class StoredReply
{
    /// <summary>Such as <c>450 4.7.1 Greylisted</c> or <c>550 No such user</c>; null where the text is no reply.</summary>
    public static Reply? Parse(string? stored)
    {
        string[] words = stored?.Split(' ', 3, StringSplitOptions.TrimEntries) ?? [];
        if (words.Length == 0 || words[0].Length != 3 || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int code) || code / 100 is not (2 or 4 or 5))
        {
            return null;
        }

        string[] digits = words.Length > 1 ? words[1].Split('.') : [];
        return digits.Length == 3 && digits[0].Length == 1
            && int.TryParse(digits[1], NumberStyles.None, CultureInfo.InvariantCulture, out int subject)
            && int.TryParse(digits[2], NumberStyles.None, CultureInfo.InvariantCulture, out int detail)
            ? new Reply(code, new EnhancedStatusCode(subject, detail), words.Length > 2 ? words[2] : "")
            : new Reply(code, null, stored!.Trim()[3..].TrimStart());
    }
}
