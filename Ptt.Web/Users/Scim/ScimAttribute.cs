using System.Text.Json.Nodes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Scim;

/// <summary>The name of an attribute (RFC 7644 §3.10): perhaps a schema's URN in front, perhaps a sub-attribute behind. Names compare without case.</summary>
internal sealed record ScimAttribute(string? Extension, string Name, string? Sub)
{
    /// <summary>Null where <paramref name="text"/> is no attribute name.</summary>
    public static ScimAttribute? Parse(string text)
    {
        string? extension = null;
        if (text.StartsWith("urn:", StringComparison.OrdinalIgnoreCase))
        {
            if (text.StartsWith(ScimSchemas.User + ":", StringComparison.OrdinalIgnoreCase))
            {
                text = text[(ScimSchemas.User.Length + 1)..];
            }
            else if (text.Equals(ScimSchemas.User, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }
            else if (text.Equals(ScimSchemas.Enterprise, StringComparison.OrdinalIgnoreCase))
            {
                return new ScimAttribute(null, ScimSchemas.Enterprise, null);
            }
            else
            {
                int colon = text.LastIndexOf(':');
                (extension, text) = (text[..colon], text[(colon + 1)..]);
            }
        }

        string[] parts = text.Split('.');
        extension ??= ScimSchemas.IsEnterprise(parts[0]) ? ScimSchemas.Enterprise : null;
        return parts.Length is 1 or 2 && parts.All(IsName) ? new ScimAttribute(extension, parts[0], parts.ElementAtOrDefault(1)) : null;
    }

    /// <summary>Whether it is this one of the core schema.</summary>
    public bool Is(string name, string? sub = null) =>
        Extension is null && Name.Equals(name, StringComparison.OrdinalIgnoreCase) && string.Equals(Sub, sub, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the attribute holds: of a multi-valued one each element.</summary>
    public IEnumerable<JsonNode?> Values(JsonNode? resource)
    {
        JsonNode? from = Extension is null ? resource : Member(resource, Extension);
        JsonNode? found = Member(from, Name);
        IEnumerable<JsonNode?> values = found is JsonArray list ? (IEnumerable<JsonNode?>)list : [found];
        return Sub is null ? values : values.Select(v => Member(v, Sub));
    }

    public static JsonNode? Member(JsonNode? node, string name) =>
        node is JsonObject members ? members.FirstOrDefault(m => m.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value : null;

    private static bool IsName(string text) =>
        text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] == '$') && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '$');
}
