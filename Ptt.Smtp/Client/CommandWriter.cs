using System.Globalization;
using System.Text;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>MAIL and RCPT with the parameters that the peer offered to take, and no others (RFC 5321 §4.1.1.11).</summary>
internal static class CommandWriter
{
    public static void Mail(ClientWire wire, PeerExtensions peer, Envelope envelope, long size, bool utf8, bool eightBit)
    {
        wire.WriteAscii("MAIL FROM:<");
        wire.WriteUtf8(envelope.ReversePath?.ToString() ?? "");
        wire.WriteAscii(">");
        if (peer.Size is not null)
        {
            wire.WriteAscii(" SIZE=");                                                      // RFC 1870 §6
            wire.WriteAscii(size.ToString(CultureInfo.InvariantCulture));
        }

        if (eightBit && peer.EightBitMime)
        {
            wire.WriteAscii(" BODY=8BITMIME");
        }

        if (utf8)
        {
            wire.WriteAscii(" SMTPUTF8");
        }

        if (envelope.RequireTls)
        {
            wire.WriteAscii(" REQUIRETLS");                                                 // RFC 8689 §2
        }

        if (peer.TraceContext && envelope.TraceParent is { } trace)
        {
            wire.WriteAscii(" XTRACEPARENT=" + trace);
        }

        if (peer.Dsn)
        {
            wire.WriteAscii(envelope.Return switch
            {
                DsnReturn.Full => " RET=FULL",
                DsnReturn.Headers => " RET=HDRS",
                _ => "",
            });
            if (envelope.EnvelopeId is { } id)
            {
                wire.WriteAscii(" ENVID=" + Xtext(id));
            }
        }

        wire.WriteAscii("\r\n");
    }

    public static void Rcpt(ClientWire wire, PeerExtensions peer, Recipient recipient)
    {
        wire.WriteAscii("RCPT TO:<");
        wire.WriteUtf8(recipient.Address.ToString());
        wire.WriteAscii(">");
        if (peer.Dsn && recipient.Notify != DsnNotify.Unspecified)
        {
            wire.WriteAscii(" NOTIFY=" + Notify(recipient.Notify));
        }

        if (peer.Dsn && recipient.OriginalRecipient is { } original)
        {
            int semicolon = original.IndexOf(';', StringComparison.Ordinal);
            wire.WriteAscii(" ORCPT=" + original[..(semicolon + 1)] + Xtext(original[(semicolon + 1)..]));
        }

        wire.WriteAscii("\r\n");
    }

    private static string Notify(DsnNotify notify)
    {
        if (notify.HasFlag(DsnNotify.Never))
        {
            return "NEVER";
        }

        string[] words =
        [
            .. notify.HasFlag(DsnNotify.Success) ? ["SUCCESS"] : Array.Empty<string>(),
            .. notify.HasFlag(DsnNotify.Failure) ? ["FAILURE"] : Array.Empty<string>(),
            .. notify.HasFlag(DsnNotify.Delay) ? ["DELAY"] : Array.Empty<string>(),
        ];
        return string.Join(',', words);
    }

    /// <summary>RFC 3461 §4; what is not ASCII takes the 7-bit form of RFC 6533 §3.</summary>
    internal static string Xtext(string text)
    {
        var xtext = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                > 0x7E => xtext.Append(CultureInfo.InvariantCulture, $@"\x{{{rune.Value:X}}}"),
                <= ' ' or '+' or '=' => xtext.Append(CultureInfo.InvariantCulture, $"+{rune.Value:X2}"),
                _ => xtext.Append((char)rune.Value),
            };
        }

        return xtext.ToString();
    }
}
