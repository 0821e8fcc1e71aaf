using Ptt.Mail;

namespace Ptt.Smtp.Relay;

/// <summary>Hears what became of the recipients of each login: for whoever watches how it sends.</summary>
public interface IRecipientResults
{
    /// <summary><paramref name="unknown"/>: refused for good because there is no such address (RFC 3463 §3.2). Returns at once; after a crash it may hear something twice.</summary>
    void Heard(Mailbox login, int delivered, int unknown);
}
