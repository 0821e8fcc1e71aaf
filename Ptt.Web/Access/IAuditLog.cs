namespace Ptt.Web.Access;

/// <summary>Who changed what. Kept; never holds a secret.</summary>
public interface IAuditLog
{
    /// <summary><paramref name="action"/> such as <c>user.disable</c>; <paramref name="subject"/> the thing; <paramref name="detail"/> before and after in words or JSON.</summary>
    ValueTask RecordAsync(string actor, string action, string subject, string? detail = null, CancellationToken cancellationToken = default);

    /// <summary>The newest first, unless the filter says otherwise; <paramref name="before"/> is the id of the last entry of the page before.</summary>
    ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, long? before, int limit, CancellationToken cancellationToken);
}

public sealed record AuditEntry(long Id, DateTimeOffset At, string Actor, string Action, string Subject, string? Detail);

/// <summary>What is null is not asked. <paramref name="Action"/> takes a whole name or a beginning (<c>user.</c>).</summary>
public sealed record AuditFilter(string? Actor = null, string? Action = null, string? Subject = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null, bool OldestFirst = false);
