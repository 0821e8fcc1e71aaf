using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Ptt.Mail;

namespace Ptt.Smtp.Protocol;

/// <summary>
/// The grammar of the commands (RFC 5321 §4.1, RFC 1870, 3030, 3207, 3461, 4954, 6152, 6531, 8689): one line, without its CRLF,
/// becomes one command. Never throws, whatever the line holds.
/// </summary>
public static class CommandReader
{
    public static SmtpCommand Read(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
        {
            return Read(line.FirstSpan);
        }

        int length = checked((int)line.Length);
        byte[] joined = ArrayPool<byte>.Shared.Rent(length);
        line.CopyTo(joined);
        SmtpCommand command = Read(joined.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(joined, clearArray: true);           // it may have been an AUTH
        return command;
    }

    public static SmtpCommand Read(ReadOnlySpan<byte> line)
    {
        if (line.ContainsAnyInRange((byte)0, (byte)0x1F) || line.Contains((byte)0x7F) || !Utf8.IsValid(line))
        {
            return new SmtpCommand.Malformed(Replies.NotText);
        }

        char[]? rented = null;
        Span<char> room = line.Length <= 512 ? stackalloc char[512] : rented = ArrayPool<char>.Shared.Rent(line.Length);
        try
        {
            int length = Encoding.UTF8.GetChars(line, room);
            return Read(room[..length]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented, clearArray: true);
            }
        }
    }

    private static SmtpCommand Read(ReadOnlySpan<char> line)
    {
        line = line.TrimEnd(' ');                                          // RFC 5321 §4.1.1: white space before CRLF is tolerated
        int end = line.IndexOf(' ');
        ReadOnlySpan<char> verb = end < 0 ? line : line[..end];
        ReadOnlySpan<char> rest = end < 0 ? default : line[(end + 1)..];
        Span<char> upper = stackalloc char[8];
        int n = verb.Length <= upper.Length ? verb.ToUpperInvariant(upper) : 0;
        return upper[..n] switch
        {
            "EHLO" => Hello(rest) is { } client ? new SmtpCommand.Ehlo(client) : Syntax("Syntax: EHLO hostname"),
            "HELO" => Hello(rest) is { } client ? new SmtpCommand.Helo(client) : Syntax("Syntax: HELO hostname"),
            "MAIL" => Mail(rest),
            "RCPT" => Rcpt(rest),
            "DATA" => Bare(rest, Data, "Syntax: DATA"),
            "BDAT" => Bdat(rest),
            "RSET" => Bare(rest, Rset, "Syntax: RSET"),
            "NOOP" => Noop,                                                // §4.1.1.9: a string may follow, and is ignored
            "QUIT" => Bare(rest, Quit, "Syntax: QUIT"),
            "HELP" => Help,
            "VRFY" => rest.IsEmpty ? Syntax("Syntax: VRFY address") : Vrfy,
            "EXPN" => rest.IsEmpty ? Syntax("Syntax: EXPN list") : Expn,
            "STARTTLS" => Bare(rest, StartTls, "Syntax: STARTTLS"),        // RFC 3207 §4: 501 with parameters
            "AUTH" => Auth(rest),
            _ => Unrecognized,
        };
    }

    private static readonly SmtpCommand Data = new SmtpCommand.Data();
    private static readonly SmtpCommand Rset = new SmtpCommand.Rset();
    private static readonly SmtpCommand Noop = new SmtpCommand.Noop();
    private static readonly SmtpCommand Quit = new SmtpCommand.Quit();
    private static readonly SmtpCommand Help = new SmtpCommand.Help();
    private static readonly SmtpCommand Vrfy = new SmtpCommand.Vrfy();
    private static readonly SmtpCommand Expn = new SmtpCommand.Expn();
    private static readonly SmtpCommand StartTls = new SmtpCommand.StartTls();
    private static readonly SmtpCommand Unrecognized = new SmtpCommand.Malformed(Replies.Unrecognized);

    private static SmtpCommand.Malformed Syntax(string what) => new(Replies.Syntax(what));

    private static SmtpCommand Bare(ReadOnlySpan<char> rest, SmtpCommand command, string syntax) => rest.IsEmpty ? command : Syntax(syntax);

    // RFC 5321 §4.1.1.1 wants a domain or an address literal; real clients say many things. One printable word is asked for.
    private static string? Hello(ReadOnlySpan<char> rest)
    {
        rest = rest.Trim(' ');
        return rest.Length is > 0 and <= 255 && !rest.Contains(' ') ? rest.ToString() : null;
    }

    private static SmtpCommand Mail(ReadOnlySpan<char> rest)
    {
        const string syntax = "Syntax: MAIL FROM:<address>";
        if (!rest.StartsWith("FROM:", StringComparison.OrdinalIgnoreCase) || !PathReader.TryTake(rest[5..], out ReadOnlySpan<char> path, out rest))
        {
            return Syntax(syntax);
        }

        Mailbox? reversePath = null;
        if (!path.IsEmpty && !PathReader.TryMailbox(path, out reversePath))
        {
            return new SmtpCommand.Malformed(Replies.BadSender("Bad sender address syntax"));
        }

        Reply? fault = EsmtpParameters.ReadMail(rest, out MailParameters parameters);
        return fault is not null
            ? new SmtpCommand.Malformed(fault)
            : new SmtpCommand.Mail(reversePath, Ascii.IsValid(path) ? parameters : parameters with { NonAsciiPath = true });
    }

    private static SmtpCommand Rcpt(ReadOnlySpan<char> rest)
    {
        const string syntax = "Syntax: RCPT TO:<address>";
        if (!rest.StartsWith("TO:", StringComparison.OrdinalIgnoreCase) || !PathReader.TryTake(rest[3..], out ReadOnlySpan<char> path, out rest)
            || path.IsEmpty)
        {
            return Syntax(syntax);
        }

        Mailbox? forwardPath = null;
        // §4.5.1: "<Postmaster>" without a domain, in any case of letters.
        if (!path.Equals("postmaster", StringComparison.OrdinalIgnoreCase) && !PathReader.TryMailbox(path, out forwardPath))
        {
            return new SmtpCommand.Malformed(Replies.BadRecipient("Bad recipient address syntax"));
        }

        Reply? fault = EsmtpParameters.ReadRcpt(rest, out RcptParameters parameters);
        return fault is not null
            ? new SmtpCommand.Malformed(fault)
            : new SmtpCommand.Rcpt(forwardPath, Ascii.IsValid(path) ? parameters : parameters with { NonAsciiPath = true });
    }

    private static SmtpCommand Bdat(ReadOnlySpan<char> rest)
    {
        int space = rest.IndexOf(' ');
        ReadOnlySpan<char> size = space < 0 ? rest : rest[..space];
        ReadOnlySpan<char> marker = space < 0 ? default : rest[(space + 1)..];
        return size.Length is > 0 and <= 18 && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long octets)
            && (marker.IsEmpty || marker.Equals("LAST", StringComparison.OrdinalIgnoreCase))
                ? new SmtpCommand.Bdat(octets, Last: !marker.IsEmpty)
                : Syntax("Syntax: BDAT size [LAST]");
    }

    private static SmtpCommand Auth(ReadOnlySpan<char> rest)
    {
        int space = rest.IndexOf(' ');
        ReadOnlySpan<char> mechanism = space < 0 ? rest : rest[..space];
        ReadOnlySpan<char> initial = space < 0 ? default : rest[(space + 1)..];
        return mechanism.Length is > 0 and <= 20 && !initial.Contains(' ')  // RFC 4422 §3.1: 20 characters
            ? new SmtpCommand.Auth(mechanism.ToString().ToUpperInvariant(), space < 0 ? null : initial.ToString())
            : Syntax("Syntax: AUTH mechanism [initial-response]");
    }
}
