using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;

namespace Ptt.Smtp.Submission;

/// <summary>How much a login may send (recipients, not messages).</summary>
public interface ISendingLimits
{
    /// <summary>Counts <paramref name="recipients"/> against the login; null lets them pass, else the refusal (450 4.7.1 or 550 5.7.1).</summary>
    ValueTask<Reply?> TakeAsync(Login login, int recipients, CancellationToken cancellationToken);
}
