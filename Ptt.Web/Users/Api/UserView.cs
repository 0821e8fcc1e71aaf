using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Api;

/// <summary>A user as others may see it: no verifier, no secret.</summary>
public sealed record UserView(
    string Address, string? DisplayName, bool Enabled, IReadOnlyList<string> Roles, bool HasPassword, IReadOnlyList<AppPasswordView> AppPasswords,
    IReadOnlyList<string> SendAs, IReadOnlyList<string> Targets, LimitsView Limits, DateTimeOffset? Changed, string? Version)
{
    public static UserView Of(StoredUser stored) => Of(stored.User) with { Changed = stored.Changed, Version = stored.Version };

    public static UserView Of(User user) => new(
        user.Address.ToString(), user.DisplayName, user.Enabled, user.Roles, user.Verifier is not null,
        [.. user.AppPasswords.Select(AppPasswordView.Of)], user.SendAs, [.. user.Targets.Select(t => t.ToString())], LimitsView.Of(user.Limits), null, null);
}

public sealed record AppPasswordView(string Id, string Name, DateTimeOffset? Expires, IReadOnlyList<string> Networks)
{
    public DateTimeOffset? LastUsed { get; init; }

    public static AppPasswordView Of(AppPassword password) => new(password.Id, password.Name, password.Expires, [.. password.Networks.Select(n => n.ToString())]);
}

public sealed record LimitsView(int? RecipientsPerHour, int? RecipientsPerDay, int? NewRecipientsPerDay, long? MessageSize, int? Sessions, OverLimit? OverLimit)
{
    public static LimitsView Of(UserLimits l) => new(l.RecipientsPerHour, l.RecipientsPerDay, l.NewRecipientsPerDay, l.MessageSize, l.Sessions, l.OverLimit);
}
