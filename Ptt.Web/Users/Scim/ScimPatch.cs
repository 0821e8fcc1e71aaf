using System.Text.Json.Nodes;

namespace Ptt.Web.Users.Scim;

/// <summary>
/// PATCH (RFC 7644 §3.5.2) on a resource as JSON, with the liberties that Entra ID and Okta take: operations in any case, dotted names and URNs as members of a
/// value without a path, single values in lists, a manager that is only an id, and the elements to be removed as a value.
/// </summary>
internal static class ScimPatch
{
    /// <summary>Null when done; else what is wrong.</summary>
    public static ScimError? Apply(JsonObject resource, JsonNode? body)
    {
        if (ScimAttribute.Member(body, "Operations") is not JsonArray operations || operations.Count is 0 or > 1000)
        {
            return ScimError.Invalid("invalidSyntax", "Operations must be a list");
        }

        foreach (JsonNode? operation in operations)
        {
            string? op = Text(ScimAttribute.Member(operation, "op"))?.ToLowerInvariant();
            JsonNode? value = ScimAttribute.Member(operation, "value");
            JsonNode? path = ScimAttribute.Member(operation, "path");
            if (op is not ("add" or "replace" or "remove") || (path is not null && Text(path) is null))
            {
                return ScimError.Invalid("invalidSyntax", "op must be add, replace or remove, and path a string");
            }

            if ((Text(path) is { Length: > 0 } where ? One(resource, op, where, value) : Whole(resource, op, value)) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static ScimError? Whole(JsonObject resource, string op, JsonNode? value)
    {
        if (op == "remove")
        {
            return ScimError.Invalid("noTarget", "remove needs a path");   // §3.5.2.2
        }

        if (value is not JsonObject members)
        {
            return ScimError.Invalid("invalidValue", "without a path the value must be an object");
        }

        foreach ((string name, JsonNode? member) in members.ToArray())
        {
            // An extension comes as an object under its URN: its members are merged one by one.
            if (name.StartsWith("urn:", StringComparison.OrdinalIgnoreCase) && !name.StartsWith(ScimSchemas.Enterprise + ":", StringComparison.OrdinalIgnoreCase) && member is JsonObject extension)
            {
                foreach ((string inner, JsonNode? one) in extension.ToArray())
                {
                    if (One(resource, op, $"{name}:{inner}", one) is { } wrong)
                    {
                        return wrong;
                    }
                }
            }
            else if (One(resource, op, name, member) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static ScimError? One(JsonObject resource, string op, string where, JsonNode? value)
    {
        if (!ScimFilterParser.TryParsePath(where, out ScimPath? path))
        {
            return ScimError.Invalid("invalidPath", $"{where} is no path");
        }

        JsonObject owner = resource;
        if (path.Attribute.Extension is { } urn)
        {
            owner = ScimAttribute.Member(resource, urn) as JsonObject ?? Made(resource, urn);
        }

        string name = KeyOf(owner, path.Attribute.Name);
        if (path.Filter is null)
        {
            if (path.Sub is null)
            {
                return Set(owner, name, op, Plain(name, value));
            }

            if (owner[name] is JsonArray elements)
            {
                foreach (JsonObject element in elements.OfType<JsonObject>())
                {
                    Set(element, KeyOf(element, path.Sub), op, value);
                }

                return null;
            }

            return op == "remove" && owner[name] is null ? null : Set(owner[name] as JsonObject ?? Made(owner, name), path.Sub, op, value, true);
        }

        return Elements(owner, name, path, op, value);
    }

    private static ScimError? Elements(JsonObject owner, string name, ScimPath path, string op, JsonNode? value)
    {
        JsonArray list = owner[name] as JsonArray ?? [];
        JsonNode?[] chosen = [.. list.Where(path.Filter!.Matches)];
        if (chosen.Length == 0 && op != "add")
        {
            return op == "remove" ? null : ScimError.Invalid("noTarget", "no element fits the filter");   // §3.5.2.3; what is gone already, is removed
        }

        if (chosen.Length == 0)
        {
            // Not in the RFC, and relied upon: an element that the filter describes is made.
            var element = new JsonObject();
            Describe(path.Filter!, element);
            list.Add((JsonNode?)element);
            if (list.Parent is null)
            {
                owner[name] = list;
            }

            chosen = [element];
        }

        foreach (JsonNode? one in chosen)
        {
            if (op == "remove" && path.Sub is null)
            {
                list.Remove(one);
            }
            else if (one is JsonObject element)
            {
                if (path.Sub is { } sub)
                {
                    Set(element, KeyOf(element, sub), op, value);
                }
                else if (value is JsonObject members)
                {
                    foreach ((string member, JsonNode? inner) in members.ToArray())
                    {
                        element[KeyOf(element, member)] = inner?.DeepClone();
                    }
                }
                else
                {
                    return ScimError.Invalid("invalidValue", "an element must be an object");
                }
            }
        }

        if (list.Count == 0)
        {
            owner.Remove(name);
        }

        return null;
    }

    private static ScimError? Set(JsonObject owner, string name, string op, JsonNode? value, bool sub = false)
    {
        name = sub ? KeyOf(owner, name) : name;
        if (op == "remove" && owner[name] is JsonArray elements && Keys(value) is { Count: > 0 } gone)
        {
            foreach (JsonNode? element in elements.Where(e => Keys(e).Overlaps(gone)).ToArray())
            {
                elements.Remove(element);   // not in the RFC: only those that the value names
            }

            return null;
        }

        if (op == "remove" || (value is null && op == "replace"))
        {
            owner.Remove(name);
            return null;
        }

        if (value is null)
        {
            return ScimError.Invalid("invalidValue", $"{name} needs a value");
        }

        // §3.5.2.1: add to a list appends what is not there, add to a complex attribute merges.
        if (op == "add" && owner[name] is JsonArray list)
        {
            foreach (JsonNode? item in value is JsonArray many ? (JsonNode?[])[.. many] : [value])
            {
                if (!list.Any(l => JsonNode.DeepEquals(l, item)))
                {
                    Demote(list, item);
                    list.Add(item?.DeepClone());
                }
            }
        }
        else if (owner[name] is JsonObject complex && value is JsonObject members)
        {
            foreach ((string member, JsonNode? inner) in members.ToArray())
            {
                complex[KeyOf(complex, member)] = inner?.DeepClone();
            }
        }
        else
        {
            owner[name] = value.DeepClone();
        }

        return null;
    }

    // [{"value": "x"}] for one text or flag, and a text or a list of one for the manager.
    private static JsonNode? Plain(string name, JsonNode? value)
    {
        bool isManager = name.Equals("manager", StringComparison.OrdinalIgnoreCase);
        JsonNode? one = value is JsonArray { Count: 1 } list && (isManager || ScimSchemas.IsSingle(name)) ? list[0] : value;
        return isManager ? Text(one) is { Length: > 0 } id ? new JsonObject { ["value"] = id } : Text(one) is null ? one : null
            : one is JsonObject element && ScimSchemas.IsSingle(name) ? ScimAttribute.Member(element, "value") : one;
    }

    private static HashSet<string> Keys(JsonNode? value) =>
        (value is JsonArray list ? (IEnumerable<JsonNode?>)list : [value]).Select(e => Text(e is JsonObject ? ScimAttribute.Member(e, "value") : e)).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);

    // §3.5.2: at most one element is primary; the new one wins.
    private static void Demote(JsonArray list, JsonNode? item)
    {
        if (ScimAttribute.Member(item, "primary") is JsonValue primary && primary.TryGetValue(out bool isPrimary) && isPrimary)
        {
            foreach (JsonObject other in list.OfType<JsonObject>())
            {
                other.Remove("primary");
            }
        }
    }

    private static void Describe(ScimFilter filter, JsonObject element)
    {
        switch (filter)
        {
            case ScimFilter.Compare { Operator: "eq", Value: { } value } compare:
                element[compare.Attribute.Name] = compare.Attribute.Is("primary") && bool.TryParse(Text(value), out bool primary) ? primary : value.DeepClone();
                break;
            case ScimFilter.And and:
                Describe(and.Left, element);
                Describe(and.Right, element);
                break;
        }
    }

    private static JsonObject Made(JsonObject owner, string name)
    {
        var made = new JsonObject();
        owner[name] = made;
        return made;
    }

    // The name as it stands there already, whatever its case.
    private static string KeyOf(JsonObject owner, string name) =>
        owner.FirstOrDefault(m => m.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Key ?? ScimSchemas.Canonical(name);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
