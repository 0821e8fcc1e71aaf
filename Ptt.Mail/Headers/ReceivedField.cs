using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ptt.Mail.Headers;

/// <summary>The trace field that each server puts on top (RFC 5321 §4.4).</summary>
public sealed record ReceivedField
{
    private const int MaxHelo = 255;
    private const string Plains = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:[]";

    private static readonly SearchValues<char> PlainCharacters = SearchValues.Create(Plains);
    private static readonly SearchValues<char> PlainOrSpace = SearchValues.Create(Plains + " ");

    /// <summary>What the client said in EHLO; null leaves the whole from-clause out.</summary>
    public string? Helo { get; init; }

    /// <summary>Null hides the client's address.</summary>
    public IPAddress? Client { get; init; }

    /// <summary>Our own name.</summary>
    public required string By { get; init; }

    /// <summary>Such as <c>ESMTPSA</c> (RFC 3848) or <c>UTF8SMTPSA</c> (RFC 6531 §4.3).</summary>
    public required string With { get; init; }

    public required string Id { get; init; }

    /// <summary>The one recipient; null when there are several, who need not know of each other.</summary>
    public Mailbox? For { get; init; }

    /// <summary>Protocol and cipher, written as a comment.</summary>
    public string? Tls { get; init; }

    public required DateTimeOffset At { get; init; }

    public byte[] ToField()
    {
        var text = new StringBuilder("Received:");
        if (Helo is not null)
        {
            text.Append(" from ").Append(Plain(Helo));
            if (Client is not null)
            {
                text.Append(Client.AddressFamily == AddressFamily.InterNetworkV6 ? " ([IPv6:" : " ([").Append(Client).Append("])");
            }

            if (Tls is not null)
            {
                text.Append("\r\n (using ").Append(Plain(Tls, allowSpace: true)).Append(')');
            }

            text.Append("\r\n");
        }

        text.Append(" by ").Append(Plain(By)).Append(" with ").Append(Plain(With)).Append(" id ").Append(Plain(Id));
        if (For is not null)
        {
            text.Append("\r\n for <").Append(FieldWriter.OneLine(For.ToString())).Append('>');
        }

        text.Append(";\r\n ").Append(MailDate.Format(At)).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // A stranger chose the EHLO name: only what a domain or an address literal is made of passes.
    private static string Plain(string text, bool allowSpace = false)
    {
        text = text.Length > MaxHelo ? text[..MaxHelo] : text;
        if (text.Length > 0 && !text.AsSpan().ContainsAnyExcept(allowSpace ? PlainOrSpace : PlainCharacters))
        {
            return text;
        }

        string plain = string.Concat(text.Select(c =>
            (allowSpace ? PlainOrSpace : PlainCharacters).Contains(c) ? c : '?'));
        return plain.Length == 0 ? "unknown" : plain;
    }
}
