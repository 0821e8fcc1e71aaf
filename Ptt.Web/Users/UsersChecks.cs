using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Ptt.Web.Configuration;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users;

/// <summary>Ready when the users are in force; logins then need nothing but memory.</summary>
internal sealed class UsersDependency(UserDirectory directory, UserStore store) : IDependency
{
    public string Name => "users";

    public ValueTask<DependencyState> ProbeAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(store.IsStarted || directory.Now.Commit is not null ? DependencyState.Ready : DependencyState.Not("the users' repository has not been read yet"));
}

/// <summary>For <c>ptt check</c>: git is there, and the repository answers.</summary>
internal sealed class UsersCheck(UserGit git, IOptions<UsersOptions> options) : ICheck
{
    public async IAsyncEnumerable<CheckResult> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string subject = $"users' repository {git.Command.Repository}";
        string? fault = null;
        string? head = null;
        try
        {
            head = File.Exists(Path.Combine(git.Command.Repository, "HEAD")) ? await git.ResolveAsync("refs/heads/" + options.Value.Branch, cancellationToken) : null;
        }
        catch (Exception e) when (e is GitException or System.ComponentModel.Win32Exception)
        {
            fault = e.Message;
        }

        yield return fault is not null ? new CheckResult(CheckVerdict.Bad, subject, fault, "Install git, version 2.36 or later.")
            : head is null ? new CheckResult(CheckVerdict.Warning, subject, $"has no branch {options.Value.Branch} yet", "It is made with the first user.")
            : new CheckResult(CheckVerdict.Good, subject, $"{options.Value.Branch} is at {head[..12]}");
    }
}
