namespace Ptt.Web.Access;

/// <summary>Who changed what. Kept; never holds a secret.</summary>
public interface IAuditLog
{
    /// <summary><paramref name="action"/> such as <c>user.disable</c>; <paramref name="subject"/> the thing; <paramref name="detail"/> before and after in words or JSON.</summary>
    ValueTask RecordAsync(string actor, string action, string subject, string? detail = null, CancellationToken cancellationToken = default);
}
