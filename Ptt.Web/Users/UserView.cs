using System.Text.Json.Nodes;
using Ptt.Web.Http;

namespace Ptt.Web.Users;

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

/// <summary>JSON Merge Patch (RFC 7396) on a user.</summary>
internal static class UserPatch
{
    private static readonly string[] ReadOnly = ["appPasswords", "hasPassword", "changed", "version", "password"];

    public static User? Apply(User user, JsonObject patch, List<Fault> faults)
    {
        JsonObject target = JsonNode.Parse(UserFile.Write(user))!.AsObject();
        foreach (string name in user.Others.Select(o => o.Key))
        {
            target.Remove(name);
        }

        JsonNode? merged = Merge(target, patch);
        foreach (string name in ReadOnly)
        {
            merged!.AsObject().Remove(name);
        }

        using var document = System.Text.Json.JsonDocument.Parse(merged!.ToJsonString());
        return UserReader.Read(document.RootElement, fromFile: false, faults) is { } read
            ? read with { AppPasswords = user.AppPasswords, Others = user.Others } : null;
    }

    // §2, as it stands there.
    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject members)
        {
            return patch?.DeepClone();
        }

        JsonObject result = target as JsonObject ?? [];
        foreach ((string name, JsonNode? value) in members)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                JsonNode? old = result[name];
                result.Remove(name);
                result[name] = Merge(old, value);
            }
        }

        return result;
    }
}
