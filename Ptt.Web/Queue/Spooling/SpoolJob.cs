using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// Something for the writer to do. <see cref="Apply"/> runs inside a transaction that others share, perhaps more than once;
/// then either <see cref="Committed"/>, when all of it is durable, or <see cref="Failed"/>. All three on the writer's thread.
/// </summary>
internal abstract class SpoolJob
{
    /// <summary>Octets that it writes, about: bounds a batch.</summary>
    public virtual long Weight => 1024;

    /// <summary>New mail can be refused while the disk fails; what happened to old mail has happened, and is tried until it is written.</summary>
    public virtual bool CanBeRefused => true;

    public abstract void Apply(SpoolDatabase database);

    /// <summary>Takes back what <see cref="Apply"/> did in memory.</summary>
    public virtual void Undo()
    {
    }

    public abstract void Committed();

    public abstract void Failed(Exception fault);
}

/// <summary>A job in two lambdas, for what is not on the hot path.</summary>
internal sealed class SpoolJob<T>(Func<SpoolDatabase, T> apply, Action<T>? committed = null, bool canBeRefused = true) : SpoolJob
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Done => _done.Task;

    public override bool CanBeRefused => canBeRefused;

    public override void Apply(SpoolDatabase database) => _result = apply(database);

    public override void Committed()
    {
        committed?.Invoke(_result);
        _done.SetResult(_result);
    }

    public override void Failed(Exception fault) => _done.SetException(fault);
}
