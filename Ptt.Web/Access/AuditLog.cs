using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Access;

/// <summary>The audit log in <see cref="AccessDb"/>. An entry that cannot be written is logged loudly; the change it tells of stands.</summary>
internal sealed partial class AuditLog(IDbContextFactory<AccessDb> databases, IOptionsMonitor<AccessOptions> options, TimeProvider time, ILogger<AuditLog> logger) : IAuditLog
{
    private const int MaxDetail = 4000;

    private long _written;

    public async ValueTask RecordAsync(string actor, string action, string subject, string? detail, CancellationToken cancellationToken)
    {
        Recorded(actor, action, subject);
        try
        {
            // The thing is done: it is recorded even if the caller has gone.
            await using AccessDb db = await databases.CreateDbContextAsync(CancellationToken.None);
            long now = time.GetUtcNow().ToUnixTimeMilliseconds();
            db.Audit.Add(new AuditRow
            {
                At = now, Actor = actor, Action = action, Subject = subject, Detail = detail is { Length: > MaxDetail } ? detail[..MaxDetail] + "…" : detail,
            });
            await db.SaveChangesAsync(CancellationToken.None);
            if (options.CurrentValue.AuditKeepFor is { } keep && keep > TimeSpan.Zero && Interlocked.Increment(ref _written) % 100 == 1)
            {
                long oldest = now - (long)keep.TotalMilliseconds;
                await db.Audit.Where(a => a.At < oldest).ExecuteDeleteAsync(CancellationToken.None);
            }
        }
        catch (Exception fault) when (fault is DbUpdateException or Microsoft.Data.Sqlite.SqliteException)
        {
            NotRecorded(actor, action, subject, fault);
        }
    }

    public async ValueTask<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, long? before, int limit, CancellationToken cancellationToken)
    {
        await using AccessDb db = await databases.CreateDbContextAsync(cancellationToken);
        IQueryable<AuditRow> rows = db.Audit.AsNoTracking();
        rows = before is not { } id ? rows : filter.OldestFirst ? rows.Where(a => a.Id > id) : rows.Where(a => a.Id < id);
        rows = filter.Actor is { } actor ? rows.Where(a => a.Actor == actor) : rows;
        rows = filter.Subject is { } subject ? rows.Where(a => a.Subject == subject) : rows;
        rows = filter.Action is { } action ? rows.Where(a => a.Action.StartsWith(action)) : rows;
        rows = filter.Since?.ToUnixTimeMilliseconds() is { } since ? rows.Where(a => a.At >= since) : rows;
        rows = filter.Until?.ToUnixTimeMilliseconds() is { } until ? rows.Where(a => a.At < until) : rows;
        List<AuditRow> found = await (filter.OldestFirst ? rows.OrderBy(a => a.Id) : rows.OrderByDescending(a => a.Id)).Take(limit).ToListAsync(cancellationToken);
        return [.. found.Select(a => new AuditEntry(a.Id, DateTimeOffset.FromUnixTimeMilliseconds(a.At), a.Actor, a.Action, a.Subject, a.Detail))];
    }

    [LoggerMessage(3201, LogLevel.Information, "{Actor}: {Action} {Subject}")]
    private partial void Recorded(string actor, string action, string subject);

    [LoggerMessage(3202, LogLevel.Error, "The audit log could not take: {Actor}: {Action} {Subject}")]
    private partial void NotRecorded(string actor, string action, string subject, Exception fault);
}
