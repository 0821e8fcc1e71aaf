using Microsoft.Extensions.Options;
using Ptt.Web.Alarms;

namespace Ptt.Web.Users;

/// <summary>
/// The one writer. Holds three things together: the branch in git, the cache, and the directory in memory. What is in force is
/// the ref <c>refs/ptt/applied</c>; a commit of ours moves it together with the branch, a commit of others only after the policy.
/// </summary>
internal sealed partial class UserStore(
    UserGit git, UserCache cache, UserDirectory directory, IOptions<UsersOptions> options, IAlarms alarms, TimeProvider time, ILogger<UserStore> logger)
{
    private const string Applied = "refs/ptt/applied";
    private const int MaxTries = 8;

    private readonly SemaphoreSlim _writer = new(1, 1);
    private bool _started;

    public bool IsStarted => Volatile.Read(ref _started);

    private string Branch => "refs/heads/" + options.Value.Branch;

    /// <summary>Brings cache and memory to what is in force. Called once before anything else; again it does nothing.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        try
        {
            if (!_started)
            {
                await git.EnsureAsync(options.Value.Branch, cancellationToken);
                await RestoreAsync(cancellationToken);
                await TakeInAsync(cancellationToken);
                _started = true;
            }
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Takes in what someone else committed. True when something changed.</summary>
    public async Task<bool> SyncAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        await _writer.WaitAsync(cancellationToken);
        try
        {
            return await TakeInAsync(cancellationToken);
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>
    /// One change by us. <paramref name="plan"/> looks at what is in force and says what to write, or null not to; it is asked again
    /// when someone was faster. Once the commit is made the change goes through, whether or not the caller waits.
    /// </summary>
    public async Task<bool> WriteAsync(string actor, Func<UserSnapshot, WritePlan?> plan, CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        await _writer.WaitAsync(cancellationToken);
        try
        {
            for (int attempt = 0; attempt < MaxTries; attempt++)
            {
                UserSnapshot now = directory.Now;
                if (plan(now) is not { } wanted)
                {
                    return false;
                }

                (List<FileChange> files, ChangeSet changes) = Files(now, wanted);
                if (files.Count == 0)
                {
                    return true;   // it is so already
                }

                string commit = await git.CommitAsync(now.Commit, files, new Authorship(actor, wanted.Message, time.GetUtcNow()), cancellationToken);
                if (await git.MoveTogetherAsync([Branch, Applied], commit, now.Commit, CancellationToken.None))
                {
                    await BringIntoForceAsync(changes, commit);
                    return true;
                }

                await TakeInAsync(cancellationToken);
            }

            throw new GitException($"the branch {options.Value.Branch} moved at each of {MaxTries} tries");
        }
        finally
        {
            _writer.Release();
        }
    }

    // What is in force according to git; the cache where it shows that, else the cache is brought there or drawn again.
    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        string? applied = await git.ResolveAsync(Applied, cancellationToken);
        if (applied is null)
        {
            return;
        }

        UserSnapshot? cached = await cache.LoadAsync(cancellationToken);
        if (cached?.Commit == applied)
        {
            directory.Set(cached);
            return;
        }

        bool known = cached?.Commit is { } shown && await git.ResolveAsync(shown, cancellationToken) is not null;
        UserSnapshot from = known ? cached! : UserSnapshot.Empty;
        IncomingVerdict verdict = await JudgeAsync(from, applied, [], cancellationToken);
        if (verdict is IncomingVerdict.Refused refused)
        {
            // It was in force before: those that are still right stay so.
            alarms.Raise("users.unreadable", AlarmSeverity.Critical, $"Files in force cannot be read: {string.Join("; ", refused.Reasons)}", "/users");
        }

        ChangeSet changes = verdict switch { IncomingVerdict.Accepted good => good.Changes, IncomingVerdict.Refused some => some.Good, _ => throw new InvalidOperationException() };
        await (known ? cache.ApplyAsync(changes, applied, cancellationToken) : cache.RebuildAsync(changes, applied, cancellationToken));
        directory.Set(from.With(changes, applied));
    }

    private async Task<bool> TakeInAsync(CancellationToken cancellationToken)
    {
        string? applied = directory.Now.Commit;
        string? head = await git.ResolveAsync(Branch, cancellationToken);
        if (head is null || head == applied)
        {
            return false;
        }

        IReadOnlyList<string> reasons = applied is not null && !await git.IsAncestorAsync(applied, head, cancellationToken)
            ? ["it does not build on what is in force: history was rewritten"]
            : await JudgeAsync(directory.Now, head, options.Value.ProtectedRoles.AsReadOnly(), cancellationToken) switch
            {
                IncomingVerdict.Refused refused => refused.Reasons,
                IncomingVerdict.Accepted accepted => await AcceptAsync(accepted.Changes, head, applied),
                _ => [],
            };
        if (reasons.Count == 0)
        {
            alarms.Clear("git.refused");
            return true;
        }

        string text = $"Commit {head[..12]} is refused and kept as refs/ptt/refused/{head[..12]}: {string.Join("; ", reasons)}";
        alarms.Raise("git.refused", AlarmSeverity.Critical, text, "/users/sync");
        CommitRefused(head, string.Join("; ", reasons));
        await git.SetAsync("refs/ptt/refused/" + head[..12], head, cancellationToken);
        if (applied is not null)
        {
            await git.MoveAsync(Branch, applied, head, cancellationToken);
        }

        return false;
    }

    private async Task<IReadOnlyList<string>> AcceptAsync(ChangeSet changes, string commit, string? applied)
    {
        if (!await git.MoveAsync(Applied, commit, applied, CancellationToken.None))
        {
            return ["another process writes to our repository"];
        }

        await BringIntoForceAsync(changes, commit);
        return [];
    }

    private async Task BringIntoForceAsync(ChangeSet changes, string commit)
    {
        // Memory first: a user who was taken away is away even if the disk is slow. The cache catches up at start if we die here.
        UserSnapshot before = directory.Now;
        directory.Set(before.With(changes, commit));
        await (before.Commit is null ? cache.RebuildAsync(changes, commit, CancellationToken.None) : cache.ApplyAsync(changes, commit, CancellationToken.None));
        InForce(commit, changes.Users.Count, changes.GoneUsers.Count);
    }

    private async Task<IncomingVerdict> JudgeAsync(UserSnapshot from, string to, IReadOnlyCollection<string> protectedRoles, CancellationToken cancellationToken)
    {
        IReadOnlyList<TreeEntry> entries = await git.DiffAsync(from.Commit, to, cancellationToken);
        var files = new List<(TreeEntry, byte[]?)>(entries.Count);
        TreeEntry[] present = [.. entries.Where(e => e.Blob is not null && e.Mode is "100644" or "100755")];
        int next = 0;
        await foreach (byte[]? file in git.ReadAsync([.. present.Select(e => e.Blob!)], UserFile.MaxLength, cancellationToken))
        {
            files.Add((present[next++], file));
        }

        files.AddRange(entries.Except(present).Select(e => (e, (byte[]?)null)));
        CommitFacts facts = await git.FactsAsync(to, cancellationToken);
        return IncomingPolicy.Check(from, files, protectedRoles, facts.At);
    }

    private (List<FileChange> Files, ChangeSet Changes) Files(UserSnapshot now, WritePlan plan)
    {
        List<FileChange> files = [];
        List<StoredUser> users = [];
        List<StoredDomain> domains = [];
        var bytes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (User user in plan.Users)
        {
            byte[] file = UserFile.Write(user);
            string id = IncomingPolicy.BlobId(file);
            if (now.Users.GetValueOrDefault(user.Address.ToString())?.Version != id)
            {
                files.Add(new FileChange(Addresses.FileOf(user.Address), file));
                users.Add(new StoredUser(user, id, time.GetUtcNow()));
                bytes[id] = file;
            }
        }

        foreach (OwnDomain domain in plan.Domains)
        {
            byte[] file = UserFile.Write(domain);
            string id = IncomingPolicy.BlobId(file);
            if (now.Domains.GetValueOrDefault(domain.Domain)?.Version != id)
            {
                files.Add(new FileChange(Addresses.FileOf(domain.Domain), file));
                domains.Add(new StoredDomain(domain, id));
                bytes[id] = file;
            }
        }

        files.AddRange(plan.GoneUsers.Select(a => new FileChange(Addresses.FileOf(a), null)));
        files.AddRange(plan.GoneDomains.Select(d => new FileChange(Addresses.FileOf(d), null)));
        return (files, new ChangeSet(users, [.. plan.GoneUsers.Select(a => a.ToString())], domains, plan.GoneDomains) { Files = bytes });
    }

    [LoggerMessage(3311, LogLevel.Information, "Commit {Commit} is in force: {Changed} users changed, {Gone} gone")]
    private partial void InForce(string commit, int changed, int gone);

    [LoggerMessage(3312, LogLevel.Error, "Commit {Commit} is refused: {Reasons}")]
    private partial void CommitRefused(string commit, string reasons);
}

/// <summary>What one commit of ours changes.</summary>
internal sealed record WritePlan(string Message)
{
    public IReadOnlyList<User> Users { get; init; } = [];

    public IReadOnlyList<Ptt.Mail.Mailbox> GoneUsers { get; init; } = [];

    public IReadOnlyList<OwnDomain> Domains { get; init; } = [];

    public IReadOnlyList<Ptt.Dns.DomainName> GoneDomains { get; init; } = [];
}
