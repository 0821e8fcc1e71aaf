namespace Ptt.Web.Users;

/// <summary>The one writer: whatever changes users or domains goes through here, one after the other.</summary>
internal sealed class UserStore(UserGit git, UserSync sync, UsersInForce force, Microsoft.Extensions.Options.IOptions<UsersOptions> options, TimeProvider time)
{
    private const int MaxTries = 12;
    private const int PackEvery = 500;

    private readonly SemaphoreSlim _writer = new(1, 1);
    private int _written;
    private bool _started;

    public bool IsStarted => Volatile.Read(ref _started);

    public SyncState State => sync.State;

    /// <summary>Brings cache and memory to what is in force. Called before anything else; again it does nothing.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => IsStarted ? Task.CompletedTask : AloneAsync(() => Task.FromResult(true), cancellationToken);

    /// <summary>Takes in what someone else committed. True when something changed.</summary>
    public Task<bool> SyncAsync(CancellationToken cancellationToken) => AloneAsync(() => sync.TakeInAsync(cancellationToken), cancellationToken);

    /// <summary>Null: there is no such refused commit; else the reasons that still stand against it.</summary>
    public Task<IReadOnlyList<string>?> AcceptAsync(string commit, CancellationToken cancellationToken) =>
        AloneAsync(() => sync.AcceptAsync(commit, cancellationToken), cancellationToken);

    /// <summary>
    /// One change by us. <paramref name="plan"/> looks at what is in force and says what to write, or null not to; it is asked again
    /// when someone was faster. Once the commit is made the change goes through, whether or not the caller waits.
    /// </summary>
    public Task<bool> WriteAsync(string actor, Func<UserSnapshot, WritePlan?> plan, CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        for (int attempt = 1; ; attempt++)
        {
            UserSnapshot now = force.Now;
            if (plan(now) is not { } wanted)
            {
                return false;
            }

            (List<FileChange> files, ChangeSet changes) = wanted.Against(now, time.GetUtcNow());
            if (files.Count == 0)
            {
                return true;   // it is so already
            }

            string commit = await sync.MakeCommitAsync(now.Commit, files, new Authorship(actor, wanted.Message, time.GetUtcNow()), cancellationToken);
            force.StepReached?.Invoke("commit");
            if (await sync.PublishAsync(commit, changes, mayRace: attempt < MaxTries, cancellationToken) == Published.InForce)
            {
                return true;
            }

            if (attempt >= MaxTries)
            {
                throw new GitException($"the branch moved at each of {MaxTries} tries");
            }

            // Two writers that keep step would go on meeting.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5 * attempt)), CancellationToken.None);
            await sync.TakeInAsync(cancellationToken);
        }
    }, cancellationToken);

    /// <summary>Packs the repository once in a while; other writers wait for the seconds that it takes.</summary>
    public Task<bool> PackAsync(CancellationToken cancellationToken) => Interlocked.Exchange(ref _written, 0) < PackEvery ? Task.FromResult(false)
        : AloneAsync(async () =>
        {
            await git.PackAsync(cancellationToken);
            return true;
        }, cancellationToken);

    private async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        try
        {
            if (!_started)
            {
                await git.EnsureAsync(options.Value.Branch, cancellationToken);
                await force.RestoreAsync(cancellationToken);
                await sync.StartAsync(cancellationToken);
                Volatile.Write(ref _started, true);
            }

            Interlocked.Increment(ref _written);
            return await work();
        }
        finally
        {
            _writer.Release();
        }
    }
}
