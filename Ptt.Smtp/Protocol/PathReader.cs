using System.Diagnostics.CodeAnalysis;
using Ptt.Dns;
using Ptt.Mail;

namespace Ptt.Smtp.Protocol;

/// <summary>Reverse-path and forward-path (RFC 5321 §4.1.2).</summary>
internal static class PathReader
{
    /// <summary>Takes <c>&lt;path&gt;</c> off the front; the brackets are dropped. What follows begins after one space, or is empty.</summary>
    public static bool TryTake(ReadOnlySpan<char> text, out ReadOnlySpan<char> path, out ReadOnlySpan<char> rest)
    {
        path = rest = default;
        text = text.TrimStart(' ');                                        // "MAIL FROM: <" is wrong, common and harmless
        if (text.IsEmpty || text[0] != '<' || EndOf(text) is not (> 0 and var end))
        {
            return false;
        }

        path = text[1..end];
        rest = text[(end + 1)..];
        if (rest.IsEmpty)
        {
            return true;
        }

        bool separated = rest[0] == ' ';
        rest = rest[1..];
        return separated;
    }

    /// <summary>The mailbox of a path; a source route in front of it is accepted and ignored (appendix C).</summary>
    public static bool TryMailbox(ReadOnlySpan<char> path, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        if (path[0] == '@')
        {
            int colon = path.IndexOf(':');
            if (colon < 0 || !IsRoute(path[..colon]))
            {
                return false;
            }

            path = path[(colon + 1)..];
        }

        // §4.5.3.1.3: a path has 256 octets, brackets included. Internationalized ones get room for their octets.
        return path.Length is > 0 and <= 254 && Mailbox.TryParse(path.ToString(), out mailbox);
    }

    // The closing bracket may stand inside a quoted local part, escaped or not.
    private static int EndOf(ReadOnlySpan<char> text)
    {
        bool quoted = false;
        for (int i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when quoted:
                    i++;
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case '>' when !quoted:
                    return i;
                case '<' or ' ' when !quoted:
                    return -1;
                default:
                    break;
            }
        }

        return -1;
    }

    private static bool IsRoute(ReadOnlySpan<char> route)
    {
        foreach (Range hop in route.Split(','))
        {
            if (route[hop] is not ['@', .. var domain] || !DomainName.TryParse(domain.ToString(), out DomainName name) || name.IsRoot)
            {
                return false;
            }
        }

        return true;
    }
}
