namespace Ptt.Web.Configuration;

/// <summary>
/// Something without which mail cannot be accepted: a listener, the spool, the user cache. Rooms register theirs; <c>/readyz</c> names
/// each and is 200 only when all are well. Asked every few seconds: cheap, and never throws.
/// </summary>
public interface IDependency
{
    /// <summary>Short and stable, such as <c>spool</c> or <c>listener 127.0.0.1:465</c>.</summary>
    string Name { get; }

    ValueTask<DependencyState> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary><paramref name="Detail"/> is for the administrator: what is wrong and what to do. No secrets.</summary>
public sealed record DependencyState(bool IsReady, string? Detail = null)
{
    public static readonly DependencyState Ready = new(true);

    public static DependencyState Not(string detail) => new(false, detail);
}
