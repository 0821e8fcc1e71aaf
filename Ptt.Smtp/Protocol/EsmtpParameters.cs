using System.Diagnostics;
using System.Globalization;

namespace Ptt.Smtp.Protocol;

/// <summary>The parameters behind a path (RFC 5321 §4.1.2, <c>esmtp-param</c>). What was not offered is refused with 555, what comes twice with 501.</summary>
internal static class EsmtpParameters
{
    /// <summary>Null when all is well, else the refusal.</summary>
    public static Reply? ReadMail(ReadOnlySpan<char> text, out MailParameters parameters)
    {
        parameters = MailParameters.None;
        var seen = new Seen();
        Span<char> room = stackalloc char[64];
        while (TryTake(ref text, out ReadOnlySpan<char> keyword, out ReadOnlySpan<char> value, out bool hasValue))
        {
            Span<char> upper = room[..keyword.ToUpperInvariant(room)];
            string? encoded;
            switch (upper)
            {
                case "SIZE":                                               // RFC 1870 §5
                    if (value.Length is 0 or > 20 || !ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong size))
                    {
                        return Replies.Syntax("Syntax: SIZE=octets");
                    }

                    parameters = parameters with { Size = (long)Math.Min(size, long.MaxValue) };
                    break;
                case "BODY" when value.Equals("7BIT", StringComparison.OrdinalIgnoreCase):
                    break;
                case "BODY" when value.Equals("8BITMIME", StringComparison.OrdinalIgnoreCase):
                    parameters = parameters with { EightBit = true };
                    break;
                case "BODY":
                    return value.Equals("BINARYMIME", StringComparison.OrdinalIgnoreCase) ? Replies.BinaryNotSupported : Replies.Syntax("Syntax: BODY=7BIT or BODY=8BITMIME");
                case "SMTPUTF8" when !hasValue:                            // RFC 6531 §3.4
                    parameters = parameters with { SmtpUtf8 = true };
                    break;
                case "REQUIRETLS" when !hasValue:                          // RFC 8689 §2
                    parameters = parameters with { RequireTls = true };
                    break;
                case "RET" when value.Equals("FULL", StringComparison.OrdinalIgnoreCase) || value.Equals("HDRS", StringComparison.OrdinalIgnoreCase):
                    parameters = parameters with { Return = value.Equals("FULL", StringComparison.OrdinalIgnoreCase) ? DsnReturn.Full : DsnReturn.Headers };
                    break;
                case "ENVID" when value.Length is > 0 and <= 100 && Xtext.TryDecode(value, out encoded):   // RFC 3461 §4.4
                    parameters = parameters with { EnvelopeId = encoded };
                    break;
                case "XTRACEPARENT" when ActivityContext.TryParse(value.ToString(), null, out _):   // RFC 5321 §4.1.1.1: X is for those who agreed on it
                    parameters = parameters with { TraceParent = value.ToString() };
                    break;
                case "AUTH" when IsAuthSender(value):                      // RFC 4954 §5: read, and not believed
                    break;
                case "SMTPUTF8" or "REQUIRETLS" or "RET" or "ENVID" or "AUTH" or "XTRACEPARENT":
                    return Replies.Syntax($"Bad value of parameter {upper}");
                default:
                    return Replies.UnknownParameter(Shown(keyword));
            }

            if (!seen.Add(upper))
            {
                return Replies.Syntax($"Parameter {upper} given twice");
            }
        }

        return text.IsEmpty ? null : Replies.Syntax("Bad parameter syntax");
    }

    /// <summary>Null when all is well, else the refusal.</summary>
    public static Reply? ReadRcpt(ReadOnlySpan<char> text, out RcptParameters parameters)
    {
        parameters = RcptParameters.None;
        var seen = new Seen();
        Span<char> room = stackalloc char[64];
        while (TryTake(ref text, out ReadOnlySpan<char> keyword, out ReadOnlySpan<char> value, out _))
        {
            Span<char> upper = room[..keyword.ToUpperInvariant(room)];
            switch (upper)
            {
                case "NOTIFY" when TryNotify(value, out DsnNotify notify):
                    parameters = parameters with { Notify = notify };
                    break;
                case "ORCPT" when TryOriginal(value, out string? original):
                    parameters = parameters with { OriginalRecipient = original };
                    break;
                case "NOTIFY" or "ORCPT":
                    return Replies.Syntax($"Bad value of parameter {upper}");
                default:
                    return Replies.UnknownParameter(Shown(keyword));
            }

            if (!seen.Add(upper))
            {
                return Replies.Syntax($"Parameter {upper} given twice");
            }
        }

        return text.IsEmpty ? null : Replies.Syntax("Bad parameter syntax");
    }

    // Leaves text as it is when what stands there is no parameter.
    private static bool TryTake(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> keyword, out ReadOnlySpan<char> value, out bool hasValue)
    {
        text = text.TrimStart(' ');
        int end = text.IndexOf(' ');
        ReadOnlySpan<char> parameter = end < 0 ? text : text[..end];
        int equals = parameter.IndexOf('=');
        hasValue = equals >= 0;
        keyword = hasValue ? parameter[..equals] : parameter;
        value = hasValue ? parameter[(equals + 1)..] : default;
        if (keyword.Length is 0 or > 64 || !char.IsAsciiLetterOrDigit(keyword[0]) || (hasValue && value.IsEmpty))
        {
            return false;
        }

        foreach (char c in keyword)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
            {
                return false;
            }
        }

        text = end < 0 ? default : text[(end + 1)..];
        return true;
    }

    // RFC 3461 §4.1: NEVER alone, or a list of the others.
    private static bool TryNotify(ReadOnlySpan<char> value, out DsnNotify notify)
    {
        notify = DsnNotify.Unspecified;
        foreach (Range range in value.Split(','))
        {
            DsnNotify one = value[range] switch
            {
                var v when v.Equals("NEVER", StringComparison.OrdinalIgnoreCase) => DsnNotify.Never,
                var v when v.Equals("SUCCESS", StringComparison.OrdinalIgnoreCase) => DsnNotify.Success,
                var v when v.Equals("FAILURE", StringComparison.OrdinalIgnoreCase) => DsnNotify.Failure,
                var v when v.Equals("DELAY", StringComparison.OrdinalIgnoreCase) => DsnNotify.Delay,
                _ => DsnNotify.Unspecified,
            };
            if (one == DsnNotify.Unspecified)
            {
                return false;
            }

            notify |= one;
        }

        return notify == DsnNotify.Never || !notify.HasFlag(DsnNotify.Never);
    }

    // RFC 3461 §4.2: addr-type ";" xtext, 500 characters; RFC 6533 §3 adds utf-8 addresses.
    private static bool TryOriginal(ReadOnlySpan<char> value, out string? original)
    {
        original = null;
        int semicolon = value.IndexOf(';');
        if (semicolon < 1 || value.Length > 500)
        {
            return false;
        }

        ReadOnlySpan<char> type = value[..semicolon];
        foreach (char c in type)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
            {
                return false;
            }
        }

        if (!Xtext.TryDecode(value[(semicolon + 1)..], out string? address, unicode: type.Equals("utf-8", StringComparison.OrdinalIgnoreCase)) || address.Length == 0)
        {
            return false;
        }

        original = $"{type};{address}";
        return true;
    }

    private static bool IsAuthSender(ReadOnlySpan<char> value) =>
        value is "<>" || (value.Length <= 500 && Xtext.TryDecode(value, out string? sender) && sender.Length > 0);

    private static string Shown(ReadOnlySpan<char> keyword) => keyword.ToString().ToUpperInvariant();

    // At most eight different keywords can be accepted: a list is quick enough, and only made when there is a second one.
    private struct Seen
    {
        private string? _first;
        private List<string>? _more;

        public bool Add(ReadOnlySpan<char> keyword)
        {
            string word = keyword.ToString();
            if (_first is null)
            {
                _first = word;
                return true;
            }

            if (_first == word || _more?.Contains(word) == true)
            {
                return false;
            }

            (_more ??= []).Add(word);
            return true;
        }
    }
}
