using Ptt.Mail;

namespace Ptt.Smtp.Submission;

/// <summary>The alias map (the users' <c>targets</c>): mail of ours to an address of ours goes to its targets.</summary>
public interface IAliases
{
    /// <summary>The targets, expanded to the end; empty for an address that has none. In memory and quick.</summary>
    IReadOnlyList<Mailbox> Expand(Mailbox address);
}
