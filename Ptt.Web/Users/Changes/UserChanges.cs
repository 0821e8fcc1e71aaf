using System.Text.Json;
using System.Text.RegularExpressions;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Changes;

/// <summary>A change in words: for the commit, the audit log and the history, without anything secret.</summary>
internal static partial class UserChanges
{
    /// <summary><c>user.disable</c> is "Disable user".</summary>
    public static string Title(string action) => action switch
    {
        "user.password" => "Change the password of",
        "user.app-password.create" => "Add an app password of",
        "user.app-password.revoke" => "Revoke an app password of",
        "user.upgrade" => "Renew the verifier of",
        _ => $"{char.ToUpperInvariant(action[5])}{action[6..]} user",
    };

    /// <summary>The members that differ, with before and after where neither is secret.</summary>
    public static string? Describe(User before, User after)
    {
        using JsonDocument old = JsonDocument.Parse(UserFile.Write(before)), now = JsonDocument.Parse(UserFile.Write(after));
        string[] names = [.. old.RootElement.EnumerateObject().Concat(now.RootElement.EnumerateObject()).Select(p => p.Name).Distinct()];
        string[] changes = [.. names.Where(n => Text(old, n) != Text(now, n)).Select(n => n is "verifier" or "appPasswords" ? n : $"{n}: {Text(old, n)} -> {Text(now, n)}")];
        return changes.Length > 0 ? string.Join("; ", changes) : null;
    }

    public static string WithoutVerifiers(string diff) => VerifierText().Replace(diff, "\"verifier\": \"…\"");

    private static string Text(JsonDocument json, string name) =>
        json.RootElement.TryGetProperty(name, out JsonElement value) ? JsonSerializer.Serialize(value, Compact) : "none";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [GeneratedRegex("\"verifier\"\\s*:\\s*\"[^\"]*\"")]
    private static partial Regex VerifierText();
}
