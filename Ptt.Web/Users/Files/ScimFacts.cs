using System.Text.Json;

namespace Ptt.Web.Users.Files;

/// <summary>What must be found quickly in the <c>scim</c> member of a user's file, which is else SCIM's own business.</summary>
internal static class ScimFacts
{
    internal const string Deleted = "deleted";

    public static string IdOf(User user) =>
        user.Scim is { } scim && scim.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String ? id.GetString()! : user.Address.ToString();

    public static string? ExternalIdOf(User user) =>
        user.Scim is { } scim && scim.TryGetProperty("externalId", out JsonElement id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    /// <summary>The values of <c>emails</c> as the resource shows them, to be looked for; odd ones as their JSON. None holds a space.</summary>
    public static IEnumerable<string> EmailsOf(User user)
    {
        if (user.Scim is not { } scim || !scim.TryGetProperty("emails", out JsonElement emails))
        {
            return [user.Address.ToString()];
        }

        IEnumerable<JsonElement> elements = emails.ValueKind == JsonValueKind.Array ? emails.EnumerateArray() : [emails];
        return elements.Select(e => (e.ValueKind == JsonValueKind.Object && e.TryGetProperty("value", out JsonElement value) ? value : e) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()! : e.GetRawText()).Select(t => t.Replace(' ', '_'));
    }

    /// <summary>A user that SCIM deleted is disabled and not shown to it any more.</summary>
    public static bool IsDeleted(User user) => user.Scim is { } scim && scim.TryGetProperty(Deleted, out JsonElement deleted) && deleted.ValueKind == JsonValueKind.True;
}
