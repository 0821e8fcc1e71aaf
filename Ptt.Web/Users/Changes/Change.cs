using Ptt.Web.Http;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Changes;

/// <summary>What came of a wish to change something.</summary>
public abstract record Change<T>
{
    public sealed record Done(T Value) : Change<T>;

    public sealed record Invalid(IReadOnlyList<Fault> Faults) : Change<T>;

    public sealed record Missing : Change<T>;

    public sealed record Exists : Change<T>;

    /// <summary>Someone else changed it; <paramref name="Theirs"/> is what is there now.</summary>
    public sealed record Stale(T? Theirs) : Change<T>;
}

/// <summary>A user to be made, or to be put in another's place. <paramref name="Password"/> becomes the verifier and goes no further.</summary>
public sealed record NewUser(User User, string? Password = null);

public sealed record NewAppPassword(string Name, DateTimeOffset? Expires = null, IReadOnlyList<System.Net.IPNetwork>? Networks = null);

/// <summary><paramref name="Text"/> is shown once.</summary>
public sealed record MadeAppPassword(StoredUser User, AppPassword Password, string Text);
