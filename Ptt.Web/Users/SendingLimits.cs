using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Submission;

namespace Ptt.Web.Users;

/// <summary>The limits of users and domains.</summary>
internal sealed class SendingLimits : ISendingLimits
{
    public ValueTask<SendingVerdict> TakeAsync(Login login, IReadOnlyList<Mailbox> recipients, long size, CancellationToken cancellationToken) =>
        ValueTask.FromResult(SendingVerdict.Pass);
}
