using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ptt.Mail;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Scim;

/// <summary>
/// A user as a SCIM resource and back. userName is the address, active is enabled, roles are roles; what else a client sets lies
/// in the user's file under <c>scim</c>, unread. The id is the address that the user had first, or one that we made.
/// </summary>
internal static class ScimMapping
{
    public static JsonObject ToResource(StoredUser stored)
    {
        User user = stored.User;
        string id = ScimFacts.IdOf(user);
        var resource = new JsonObject
        {
            ["schemas"] = new JsonArray(ScimSchemas.User), ["id"] = id, ["userName"] = user.Address.ToString(), ["active"] = user.Enabled,
        };
        if (user.DisplayName is not null)
        {
            resource["displayName"] = user.DisplayName;
        }

        if (user.Roles.Count > 0)
        {
            resource["roles"] = new JsonArray([.. user.Roles.Select(r => (JsonNode)new JsonObject { ["value"] = r })]);
            if (user.Roles.Count == 1)
            {
                resource["roles"]![0]!["primary"] = true;   // where Entra ID gives one role, it changes roles[primary eq "True"]
            }
        }

        foreach (JsonProperty kept in user.Scim?.EnumerateObject().ToArray() ?? [])
        {
            if (ScimSchemas.Kept.Contains(kept.Name))
            {
                resource[kept.Name] = JsonNode.Parse(kept.Value.GetRawText());
            }
        }

        if (resource.ContainsKey(ScimSchemas.Enterprise))
        {
            resource["schemas"]!.AsArray().Add((JsonNode)ScimSchemas.Enterprise);
        }

        resource["emails"] ??= new JsonArray(new JsonObject { ["value"] = user.Address.ToString(), ["type"] = "work", ["primary"] = true });
        resource["meta"] = new JsonObject
        {
            ["resourceType"] = "User", ["location"] = "/scim/v2/Users/" + Uri.EscapeDataString(id),
            ["lastModified"] = stored.Changed.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), ["version"] = $"\"{stored.Version}\"",
        };
        return resource;
    }

    /// <summary>The user that a resource describes, put over <paramref name="before"/>; null and the fault where it describes none.</summary>
    public static (User? User, string? Password, ScimError? Error) ToUser(JsonObject resource, User? before)
    {
        if (Text(resource, "userName") is not { } name)
        {
            return (null, null, ScimError.Invalid("invalidValue", "userName is missing"));
        }

        if (!Addresses.TryCanonical(name, out Mailbox? address))
        {
            return (null, null, ScimError.Invalid("invalidValue", "userName must be a mail address"));
        }

        // A PUT that says nothing of it does not let back in whom somebody has shut out (RFC 7644 §3.5.1 leaves it to us).
        if (Flag(resource, "active", before?.Enabled ?? true) is not { } active)
        {
            return (null, null, ScimError.Invalid("invalidValue", "active must be true or false"));
        }

        var kept = new JsonObject();
        foreach (string attribute in ScimSchemas.Kept)
        {
            // RFC 7643 §2.5: what is empty is not there.
            if (ScimAttribute.Member(resource, attribute) is { } value and not (JsonObject { Count: 0 } or JsonArray { Count: 0 }))
            {
                kept[attribute] = value.DeepClone();
            }
        }

        string? id = before?.Scim is { } scim && scim.TryGetProperty("id", out JsonElement own) ? own.GetString()
            : before is not null && before.Address != address ? before.Address.ToString() : null;
        if (id is not null)
        {
            kept["id"] = id;   // it stays when the address changes
        }

        // The reader that files and REST go through knows what a user may hold; SCIM has no rules of its own.
        var file = new JsonObject
        {
            ["address"] = address.ToString(), ["enabled"] = active, ["displayName"] = Text(resource, "displayName") ?? FullName(ScimAttribute.Member(resource, "name")),
            ["roles"] = new JsonArray([.. Roles(resource).Select(r => (JsonNode)r)]), ["scim"] = kept.Count > 0 ? kept : null,
        };
        List<Fault> faults = [];
        using JsonDocument document = JsonDocument.Parse(file.ToJsonString());
        if (UserReader.Read(document.RootElement, fromFile: false, faults) is not { } user || document.RootElement.GetRawText().Length > UserFile.MaxLength / 2)
        {
            return (null, null, ScimError.Invalid("invalidValue", faults.Count > 0 ? $"{faults[0].Pointer.TrimStart('/')} {faults[0].Detail}" : "The resource is too large"));
        }

        return (before is null ? user : before with { Address = user.Address, Enabled = user.Enabled, DisplayName = user.DisplayName, Roles = user.Roles, Scim = user.Scim },
            Text(resource, "password"), null);
    }

    public static User AsDeleted(User user)
    {
        JsonObject scim = user.Scim is { } kept ? JsonNode.Parse(kept.GetRawText())!.AsObject() : [];
        scim[ScimFacts.Deleted] = true;
        return user with { Enabled = false, Scim = JsonSerializer.SerializeToElement(scim) };
    }

    /// <summary>RFC 7644 §3.9: only what was asked for, and always id, schemas and meta.</summary>
    public static JsonObject Trim(JsonObject resource, string? attributes, string? excluded)
    {
        string[] wanted = Names(attributes), unwanted = Names(excluded);
        foreach (string name in resource.Select(m => m.Key).ToArray())
        {
            bool always = name is "id" or "schemas" or "meta";
            bool asked = wanted.Length == 0 || wanted.Any(w => Same(w, name));
            if (!always && (!asked || unwanted.Any(u => Same(u, name) && !u[Math.Min(name.Length, u.Length)..].StartsWith('.'))))
            {
                resource.Remove(name);
            }
        }

        return resource;

        static string[] Names(string? list) => [.. (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(n => n.StartsWith(ScimSchemas.User + ":", StringComparison.OrdinalIgnoreCase) ? n[(ScimSchemas.User.Length + 1)..] : n)];

        static bool Same(string asked, string name) =>
            asked.Equals(name, StringComparison.OrdinalIgnoreCase) || asked.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase) || asked.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<string> Roles(JsonObject resource) => ScimAttribute.Member(resource, "roles") switch
    {
        JsonArray list => list.Select(r => r is JsonObject ? Text(ScimAttribute.Member(r, "value")) : Text(r)).OfType<string>().Where(r => r.Length > 0).Distinct(),
        _ => [],
    };

    private static string? FullName(JsonNode? name)
    {
        string full = Text(ScimAttribute.Member(name, "formatted")) ?? $"{Text(ScimAttribute.Member(name, "givenName"))} {Text(ScimAttribute.Member(name, "familyName"))}".Trim();
        return full.Length > 0 ? full : null;
    }

    private static string? Text(JsonObject resource, string name) => Text(ScimAttribute.Member(resource, name));

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    // Entra ID sends "True" and "False".
    private static bool? Flag(JsonObject resource, string name, bool missing) => ScimAttribute.Member(resource, name) switch
    {
        null => missing,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        JsonValue value when value.TryGetValue(out string? text) && bool.TryParse(text, out bool flag) => flag,
        _ => null,
    };
}
