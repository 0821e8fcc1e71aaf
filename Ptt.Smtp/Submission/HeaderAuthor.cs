using Ptt.Mail.Headers;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;

namespace Ptt.Smtp.Submission;

/// <summary>Who the header says the message is from, and whether the login may say so (RFC 6409 §6.1, RFC 5322 §3.6.2).</summary>
internal static class HeaderAuthor
{
    /// <summary>Null when From and Sender are the login's to use.</summary>
    public static Reply? Check(MessageHeader header, Login login)
    {
        // One From only: of two, the signature would cover one and the reader might see the other.
        if (header.Count("From"u8) != 1 || !header.TryFind("From"u8, out HeaderField from))
        {
            return Refusals.OneFrom;
        }

        if (!AddressList.TryParse(from.RawValue, out AddressList authors) || authors.Mailboxes.Count == 0 || HasGroup(authors))
        {
            return Refusals.FromSyntax;
        }

        foreach (NamedMailbox author in authors.Mailboxes)
        {
            if (!login.MaySendAs(author.Address))
            {
                return Refusals.ForeignFrom;
            }
        }

        int senders = header.Count("Sender"u8);
        if (senders == 0)
        {
            return authors.Mailboxes.Count > 1 ? Refusals.SenderMissing : null;
        }

        return senders == 1 && header.TryFind("Sender"u8, out HeaderField field)
            && AddressList.TryParse(field.RawValue, out AddressList sender) && sender.Mailboxes is [{ Group: null, Address: var address }]
                ? (login.MaySendAs(address) ? null : Refusals.ForeignSender)
                : Refusals.SenderSyntax;
    }

    private static bool HasGroup(AddressList list)
    {
        foreach (NamedMailbox mailbox in list.Mailboxes)
        {
            if (mailbox.Group is not null)
            {
                return true;
            }
        }

        return false;
    }
}
