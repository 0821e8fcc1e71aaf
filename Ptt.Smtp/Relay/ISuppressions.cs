using Ptt.Mail;

namespace Ptt.Smtp.Relay;

/// <summary>Recipients to whom nothing is sent any more, because their host said that they do not exist, or because they asked for it.</summary>
public interface ISuppressions
{
    /// <summary>What the reply for a suppressed recipient begins with; the trace tells it from a remote's refusal by that.</summary>
    const string NotSent = "Not sent: ";

    /// <summary>In memory and quick. The reason is for the sender's report; null when mail may go.</summary>
    string? ReasonFor(Mailbox recipient);
}
