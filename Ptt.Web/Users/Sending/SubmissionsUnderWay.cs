using Ptt.Mail;

namespace Ptt.Web.Users.Sending;

/// <summary>The messages of each login that are being accepted at this moment: who takes a right away waits for their answers.</summary>
internal sealed class SubmissionsUnderWay(TimeProvider time)
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);   // a stuck disk does not keep a user in: only the answer comes late

    private readonly Lock _gate = new();
    private readonly Dictionary<Mailbox, HashSet<Submission>> _open = [];

    public IDisposable Enter(Mailbox login)
    {
        var submission = new Submission(this, login);
        lock (_gate)
        {
            if (!_open.TryGetValue(login, out HashSet<Submission>? open))
            {
                _open[login] = open = [];
            }

            open.Add(submission);
        }

        return submission;
    }

    /// <summary>When this returns, what had entered is answered, and stands in the queue where it was accepted.</summary>
    public async Task DrainAsync(Mailbox login)
    {
        Task[] ends;
        lock (_gate)
        {
            ends = [.. _open.GetValueOrDefault(login, []).Select(s => s.End)];
        }

        try
        {
            await Task.WhenAll(ends).WaitAsync(MaxWait, time);
        }
        catch (TimeoutException)
        {
            // What still hangs is refused or held like all that comes after.
        }
    }

    private void Leave(Submission submission)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(submission.Login, out HashSet<Submission>? open) && open.Remove(submission) && open.Count == 0)
            {
                _open.Remove(submission.Login);
            }

            submission.Ended();
        }
    }

    /// <summary>Its task is made only when somebody waits for it; under the lock, like its end.</summary>
    private sealed class Submission(SubmissionsUnderWay all, Mailbox login) : IDisposable
    {
        private TaskCompletionSource? _end;

        public Mailbox Login => login;

        public Task End => (_end ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void Ended() => _end?.TrySetResult();

        public void Dispose() => all.Leave(this);
    }
}
