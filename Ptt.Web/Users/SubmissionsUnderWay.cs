using System.Collections.Immutable;
using Ptt.Mail;

namespace Ptt.Web.Users;

/// <summary>The messages of each login that are being accepted at this moment: who takes a right away waits for their answers.</summary>
internal sealed class SubmissionsUnderWay(TimeProvider time)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);   // a stuck disk does not keep a user in: only the answer comes late

    private ImmutableDictionary<Mailbox, ImmutableHashSet<TaskCompletionSource>> _open = ImmutableDictionary<Mailbox, ImmutableHashSet<TaskCompletionSource>>.Empty;

    public IDisposable Enter(Mailbox login)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ImmutableInterlocked.AddOrUpdate(ref _open, login, [end], (_, ends) => ends.Add(end));
        return new Submission(this, login, end);
    }

    /// <summary>When this returns, what had entered is answered, and stands in the queue where it was accepted.</summary>
    public async Task DrainAsync(Mailbox login)
    {
        try
        {
            await Task.WhenAll(Volatile.Read(ref _open).GetValueOrDefault(login, []).Select(e => e.Task)).WaitAsync(MaxWait, time);
        }
        catch (TimeoutException)
        {
            // What still hangs is refused or held like all that comes after.
        }
    }

    private void Leave(Mailbox login, TaskCompletionSource end)
    {
        ImmutableInterlocked.Update(ref _open, open =>
            open.TryGetValue(login, out ImmutableHashSet<TaskCompletionSource>? ends) && ends.Remove(end) is { Count: > 0 } rest ? open.SetItem(login, rest) : open.Remove(login));
        end.SetResult();
    }

    private sealed class Submission(SubmissionsUnderWay all, Mailbox login, TaskCompletionSource end) : IDisposable
    {
        public void Dispose() => all.Leave(login, end);
    }
}
