using System.Collections.Concurrent;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

namespace Ptt.Web.Users.Sync;

/// <summary>
/// The one writer: whatever changes users or domains goes through here. Who comes while it is busy is served together with the
/// others that wait: a commit for each, one push, one step into force.
/// </summary>
internal sealed class UserStore(UserGit git, UserSync sync, UsersInForce force, Microsoft.Extensions.Options.IOptions<UsersOptions> options, TimeProvider time)
{
    private const int MaxTries = 40;
    private const int MaxTogether = 100;
    private const int PackEvery = 500;
    private const int LookEvery = 20;
    private const long MaxUnpacked = 256 * 1024 * 1024;

    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly ConcurrentQueue<Wish> _wishes = new();
    private int _unpacked;
    private int _looked;
    private bool _started;

    public bool IsStarted => Volatile.Read(ref _started);

    public SyncState State => sync.State;

    /// <summary>Brings cache and memory to what is in force. Called before anything else; again it does nothing.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => IsStarted ? Task.CompletedTask : AloneAsync(() => Task.FromResult(true), cancellationToken);

    /// <summary>Takes in what someone else committed. True when something changed.</summary>
    public Task<bool> SyncAsync(CancellationToken cancellationToken) => AloneAsync(async () =>
    {
        bool changed = await sync.TakeInAsync(cancellationToken);
        Interlocked.Add(ref _unpacked, changed ? 1 : 0);
        return changed;
    }, cancellationToken);

    /// <summary>Null: there is no such refused commit; else the reasons that still stand against it.</summary>
    public Task<IReadOnlyList<string>?> AcceptAsync(string commit, CancellationToken cancellationToken) =>
        AloneAsync(() => sync.AcceptAsync(commit, cancellationToken), cancellationToken);

    /// <summary>
    /// One change by us, as a <see cref="Wish"/>. False where the plan did not want to write. Once somebody has begun to carry it out
    /// it goes through, whether or not the caller waits.
    /// </summary>
    public async Task<bool> WriteAsync(string actor, Func<UserSnapshot, WritePlan?> plan, CancellationToken cancellationToken)
    {
        var wish = new Wish(actor, plan);
        _wishes.Enqueue(wish);
        try
        {
            await AloneAsync(async () =>
            {
                while (!wish.Granted.IsCompleted)
                {
                    await GrantAsync(Waiting());
                }

                return true;
            }, cancellationToken);
        }
        catch (Exception) when (!wish.TryTake())
        {
            // Too late to give it up: someone else has it in hand.
        }

        return await wish.Granted;
    }

    /// <summary>Packs the repository once in a while, so that it stays quick and small; other writers wait for the seconds that it takes.</summary>
    public async Task<bool> PackAsync(CancellationToken cancellationToken)
    {
        int unpacked = Volatile.Read(ref _unpacked);
        if (unpacked < PackEvery)
        {
            if (unpacked < _looked + LookEvery)
            {
                return false;
            }

            _looked = unpacked;
            if (await git.UnpackedAsync(cancellationToken) < MaxUnpacked)
            {
                return false;
            }
        }

        return await AloneAsync(async () =>
        {
            Interlocked.Exchange(ref _unpacked, 0);
            _looked = 0;
            await git.PackAsync(cancellationToken);
            return true;
        }, cancellationToken);
    }

    private List<Wish> Waiting()
    {
        List<Wish> wishes = [];
        while (wishes.Count < MaxTogether && _wishes.TryDequeue(out Wish? wish))
        {
            if (wish.TryTake())
            {
                wishes.Add(wish);
            }
        }

        return wishes;
    }

    private async Task GrantAsync(List<Wish> wishes)
    {
        try
        {
            await CarryOutAsync(wishes);
            wishes.ForEach(w => w.Grant());
        }
        catch (Exception fault)
        {
            wishes.ForEach(w => w.Fail(fault));   // each waits for it, and each is told
        }
    }

    private async Task CarryOutAsync(List<Wish> wishes)
    {
        for (int attempt = 1; ; attempt++)
        {
            UserSnapshot now = force.Now;
            List<NewCommit> commits = [];
            ChangeSet together = ChangeSet.None;
            foreach (Wish wish in wishes)
            {
                // What is so already needs no commit.
                if (wish.Ask(now) is { } plan && plan.Against(now, time.GetUtcNow()) is { Files.Count: > 0 } step)
                {
                    commits.Add(new NewCommit(step.Files, new Authorship(wish.Actor, plan.Message, time.GetUtcNow())));
                    together = together.Then(step.Changes);
                    now = now.With(step.Changes, "");   // for the next one to look at
                }
            }

            if (commits.Count == 0)
            {
                return;
            }

            if (await sync.PublishAsync(commits, together, mayRace: attempt < MaxTries) == Published.InForce)
            {
                Interlocked.Add(ref _unpacked, commits.Count);
                return;
            }

            if (attempt >= MaxTries)
            {
                throw new GitException($"the branch moved at each of {MaxTries} tries");
            }

            // Two writers that keep step would go on meeting.
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5 * attempt)), CancellationToken.None);
            await sync.TakeInAsync(CancellationToken.None);
        }
    }

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

            return await work();
        }
        finally
        {
            _writer.Release();
        }
    }
}
