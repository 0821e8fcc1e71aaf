using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ptt.Web.Users.Scim;

/// <summary>The filter language of RFC 7644 §3.4.2.2. Pure: text in, a tree or a reason out; a tree and a resource in, a verdict out.</summary>
internal abstract record ScimFilter
{
    public abstract bool Matches(JsonNode? resource);

    public sealed record And(ScimFilter Left, ScimFilter Right) : ScimFilter
    {
        public override bool Matches(JsonNode? resource) => Left.Matches(resource) && Right.Matches(resource);
    }

    public sealed record Or(ScimFilter Left, ScimFilter Right) : ScimFilter
    {
        public override bool Matches(JsonNode? resource) => Left.Matches(resource) || Right.Matches(resource);
    }

    public sealed record Not(ScimFilter Inner) : ScimFilter
    {
        public override bool Matches(JsonNode? resource) => !Inner.Matches(resource);
    }

    /// <summary><c>emails[type eq "work" and value co "@example.org"]</c>: one element fits all of it.</summary>
    public sealed record Element(ScimAttribute Attribute, ScimFilter Inner) : ScimFilter
    {
        public override bool Matches(JsonNode? resource) => Attribute.Values(resource).Any(Inner.Matches);
    }

    /// <summary><paramref name="Operator"/> is lower case; <paramref name="Value"/> is null for <c>pr</c> and for a JSON null.</summary>
    public sealed record Compare(ScimAttribute Attribute, string Operator, JsonNode? Value) : ScimFilter
    {
        public override bool Matches(JsonNode? resource)
        {
            JsonNode?[] values = [.. Attribute.Values(resource).SelectMany(Flat)];
            return Operator switch
            {
                "pr" => values.Any(IsPresent),
                "ne" => !values.Any(v => Fits(v, "eq")),
                "eq" when Value is null => !values.Any(IsPresent),
                _ => values.Any(v => Fits(v, Operator)),
            };
        }

        // A complex element compares by its value (§3.4.2.2: the default sub-attribute).
        private static IEnumerable<JsonNode?> Flat(JsonNode? value) => value is JsonObject element && element["value"] is { } inner ? [inner] : [value];

        private static bool IsPresent(JsonNode? value) => value switch
        {
            null => false,
            JsonArray list => list.Count > 0,
            JsonObject members => members.Count > 0,
            JsonValue single => single.GetValueKind() != JsonValueKind.String || single.GetValue<string>().Length > 0,
            _ => false,
        };

        private bool Fits(JsonNode? actual, string op)
        {
            if (actual is not JsonValue have || Value is not JsonValue want)
            {
                return false;
            }

            if (have.GetValueKind() == JsonValueKind.String && want.GetValueKind() == JsonValueKind.String)
            {
                (string a, string b) = (have.GetValue<string>(), want.GetValue<string>());
                if (op is "gt" or "ge" or "lt" or "le" && DateTimeOffset.TryParse(a, CultureInfo.InvariantCulture, out DateTimeOffset at) && DateTimeOffset.TryParse(b, CultureInfo.InvariantCulture, out DateTimeOffset bt))
                {
                    return Ordered(at.CompareTo(bt), op);
                }

                // caseExact is false for all that we keep but ids.
                StringComparison comparison = Attribute.Is("id") || Attribute.Is("externalId") ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
                return op switch
                {
                    "eq" => a.Equals(b, comparison),
                    "co" => a.Contains(b, comparison),
                    "sw" => a.StartsWith(b, comparison),
                    "ew" => a.EndsWith(b, comparison),
                    _ => Ordered(string.Compare(a, b, comparison), op),
                };
            }

            if (have.GetValueKind() is JsonValueKind.True or JsonValueKind.False)
            {
                // Entra ID sends booleans as strings.
                string wanted = want.GetValueKind() == JsonValueKind.String ? want.GetValue<string>() : want.ToJsonString();
                return op == "eq" && wanted.Equals(have.ToJsonString(), StringComparison.OrdinalIgnoreCase);
            }

            return have.GetValueKind() == JsonValueKind.Number && want.GetValueKind() == JsonValueKind.Number
                && decimal.TryParse(have.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal x)
                && decimal.TryParse(want.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal y)
                && (op == "eq" ? x == y : Ordered(x.CompareTo(y), op));
        }

        private static bool Ordered(int order, string op) => op switch { "gt" => order > 0, "ge" => order >= 0, "lt" => order < 0, "le" => order <= 0, _ => false };
    }
}
