using System.Text.Json.Nodes;

namespace Ptt.Web.Users.Files;

/// <summary>
/// Two changes of one file since the state that both knew, put together member by member: what only one side changed is as that side
/// has it, and of lists what either added or took away. Nothing where both changed the same thing to something else.
/// </summary>
internal static class MemberMerge
{
    /// <summary>Null where the two do not go together, or the result would be no good file.</summary>
    public static byte[]? Merge(bool isUser, byte[] before, byte[] ours, byte[] theirs)
    {
        Func<byte[], byte[]?> normal = isUser ? NormalUser : NormalDomain;
        return normal(before) is { } b && normal(ours) is { } o && normal(theirs) is { } t
            && TryMerge(JsonNode.Parse(b), JsonNode.Parse(o), JsonNode.Parse(t), out JsonNode? merged)
            ? normal(System.Text.Encoding.UTF8.GetBytes(merged!.ToJsonString())) : null;
    }

    // In our form, so that a list that is empty and one that is not written are the same.
    private static byte[]? NormalUser(byte[] file) => UserFile.Parse(file, []) is { } user ? UserFile.Write(user) : null;

    private static byte[]? NormalDomain(byte[] file) => UserFile.ParseDomain(file, []) is { } domain ? UserFile.Write(domain) : null;

    private static bool TryMerge(JsonNode? before, JsonNode? ours, JsonNode? theirs, out JsonNode? merged)
    {
        merged = Same(ours, before) ? theirs : ours;
        if (Same(ours, before) || Same(theirs, before) || Same(ours, theirs))
        {
            merged = merged?.DeepClone();
            return true;
        }

        switch (before, ours, theirs)
        {
            case (JsonObject or null, JsonObject o, JsonObject t):
                merged = TryMergeParts(Parts(before as JsonObject), Parts(o), Parts(t)) is { } members ? new JsonObject(members) : null;
                return merged is not null;
            case (JsonArray or null, JsonArray o, JsonArray t) when Keyed(before as JsonArray) is { } b && Keyed(o) is { } keyed && Keyed(t) is { } theirKeyed:
                merged = TryMergeParts(b, keyed, theirKeyed) is { } elements ? new JsonArray([.. elements.Select(e => e.Value)]) : null;
                return merged is not null;
            default:
                return false;
        }
    }

    // Theirs in their order, then what is new of ours.
    private static List<KeyValuePair<string, JsonNode?>>? TryMergeParts(OrderedDictionary<string, JsonNode?> before, OrderedDictionary<string, JsonNode?> ours, OrderedDictionary<string, JsonNode?> theirs)
    {
        List<KeyValuePair<string, JsonNode?>> parts = [];
        foreach (string name in theirs.Keys.Union(ours.Keys))
        {
            if (!TryMerge(before.GetValueOrDefault(name), ours.GetValueOrDefault(name), theirs.GetValueOrDefault(name), out JsonNode? merged))
            {
                return null;
            }

            if (merged is not null)
            {
                parts.Add(new KeyValuePair<string, JsonNode?>(name, merged));
            }
        }

        return parts;
    }

    private static OrderedDictionary<string, JsonNode?> Parts(JsonObject? members) => new(members ?? [], StringComparer.Ordinal);

    // An element is known by its id, and where it has none by all that it says; null where two are the same.
    private static OrderedDictionary<string, JsonNode?>? Keyed(JsonArray? elements)
    {
        var keyed = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (JsonNode? element in elements ?? [])
        {
            if (!keyed.TryAdd(element is JsonObject named && named["id"] is JsonValue id ? "id " + id : element?.ToJsonString() ?? "null", element))
            {
                return null;
            }
        }

        return keyed;
    }

    private static bool Same(JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(a, b);
}
