using System.Buffers;
using System.Text;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>Whether the peer can take a message at all. What it cannot is refused here, before a word is said: the signed message is never changed to fit.</summary>
internal static class PeerFitness
{
    /// <summary>Null: it can. <paramref name="utf8"/>: by SMTPUTF8 (RFC 6531 §3.1).</summary>
    public static Reply? Refusal(PeerExtensions peer, Envelope envelope, IReadOnlyList<Recipient> recipients, MessageContent content, out bool utf8)
    {
        bool utf8Address = envelope.ReversePath is { IsInternationalized: true } || recipients.Any(r => r.Address.IsInternationalized);
        utf8 = peer.SmtpUtf8 && (envelope.SmtpUtf8 || utf8Address);
        return envelope.RequireTls && !peer.RequireTls ? ClientReplies.RequireTlsNotOffered
            : peer.Size is > 0 and { } limit && content.Length > limit ? ClientReplies.TooBig(limit)                  // RFC 1870 §6.1
            : utf8Address && !utf8 ? ClientReplies.Utf8AddressNeeded
            : envelope.SmtpUtf8 && !utf8 && !IsAscii(content, headerOnly: true) ? ClientReplies.Utf8HeaderNeeded
            : envelope.EightBit && !peer.EightBitMime && !IsAscii(content, headerOnly: false) ? ClientReplies.EightBitNeeded
            : null;
    }

    /// <summary>Asked only when the sender announced 8-bit content and the peer does not take it: perhaps it was announced in vain.</summary>
    private static bool IsAscii(MessageContent content, bool headerOnly)
    {
        using Stream stream = content.OpenRead();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                ReadOnlySpan<byte> piece = buffer.AsSpan(0, read);
                int end = headerOnly ? piece.IndexOf("\r\n\r\n"u8) : -1;
                if (!Ascii.IsValid(end < 0 ? piece : piece[..end]))
                {
                    return false;
                }

                if (end >= 0)
                {
                    return true;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
