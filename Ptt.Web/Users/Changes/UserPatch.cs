using System.Text.Json.Nodes;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Changes;

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
