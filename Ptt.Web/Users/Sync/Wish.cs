using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Sync;

/// <summary>
/// One change that somebody waits for. <paramref name="plan"/> looks at what is in force and says what to write, or null not to;
/// it is asked again when someone was faster.
/// </summary>
internal sealed class Wish(string actor, Func<UserSnapshot, WritePlan?> plan)
{
    private readonly TaskCompletionSource<bool> _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;
    private bool _wanted;

    public string Actor => actor;

    /// <summary>False where the plan did not want to write.</summary>
    public Task<bool> Granted => _granted.Task;

    /// <summary>Whoever takes it first carries it out, or gives it up.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    /// <summary>Null where there is nothing to write.</summary>
    public WritePlan? Ask(UserSnapshot now)
    {
        try
        {
            WritePlan? wanted = plan(now);
            _wanted = wanted is not null;
            return wanted;
        }
        catch (Exception fault)
        {
            _granted.TrySetException(fault);   // its own mistake: the others go on
            return null;
        }
    }

    public void Grant() => _granted.TrySetResult(_wanted);

    public void Fail(Exception fault) => _granted.TrySetException(fault);
}
