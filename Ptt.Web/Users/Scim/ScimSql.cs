using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ptt.Mail;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Scim;

/// <summary>
/// A filter as a condition on the cache's table of users, for the attributes that have columns: it finds everyone whom the filter
/// means. <see cref="IsExact"/>: and nobody else; otherwise <see cref="ScimFilter.Matches"/> has the last word.
/// </summary>
internal sealed class ScimSql
{
    private readonly List<object> _values = [];

    private ScimSql(ScimFilter? filter) => (Condition, IsExact) = filter is null ? ("1", true) : Of(filter) ?? ("1", false);

    public string Condition { get; }

    public bool IsExact { get; }

    /// <summary>Of the parameters <c>$v0</c>, <c>$v1</c> and so on.</summary>
    public IReadOnlyList<object> Values => _values;

    public static ScimSql For(ScimFilter? filter) => new(filter);

    // Null: no column knows of it.
    private (string Sql, bool Exact)? Of(ScimFilter filter)
    {
        switch (filter)
        {
            case ScimFilter.And and:
                var (left, right) = (Of(and.Left), Of(and.Right));
                return (left, right) switch
                {
                    ({ } a, { } b) => ($"({a.Sql} AND {b.Sql})", a.Exact && b.Exact),
                    _ => (left ?? right) is { } one ? (one.Sql, false) : null,
                };
            case ScimFilter.Or or:
                return Of(or.Left) is { } either && Of(or.Right) is { } other ? ($"({either.Sql} OR {other.Sql})", either.Exact && other.Exact) : null;
            case ScimFilter.Not not:
                return Of(not.Inner) is { Exact: true } inner ? ($"NOT {inner.Sql}", true) : null;
            case ScimFilter.Element element when element.Attribute.Is("emails"):
                return Emails(element.Inner);
            case ScimFilter.Compare compare:
                return Of(compare);
            default:
                return null;
        }
    }

    private (string Sql, bool Exact)? Of(ScimFilter.Compare compare)
    {
        ScimAttribute attribute = compare.Attribute;
        string? text = Text(compare.Value);
        if (attribute.Is("active"))
        {
            string? word = compare.Value is JsonValue value && value.GetValueKind() != JsonValueKind.String ? value.ToJsonString() : text;
            return compare.Operator == "eq" && bool.TryParse(word, out bool active) ? (active ? "(Enabled = 1)" : "(Enabled = 0)", true) : null;
        }

        if (attribute.Is("displayName") && compare.Operator == "pr")
        {
            return ("(DisplayName <> '')", true);
        }

        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return compare.Operator switch
        {
            "eq" when attribute.Is("userName") => Addresses.TryCanonical(text, out Mailbox? address) ? ($"(Address = {Value(address.ToString())})", true) : ("(0)", true),
            "eq" when attribute.Is("externalId") => ($"(ExternalId = {Value(text)} AND ExternalId <> '')", true),
            "eq" when attribute.Is("id") => Value(text) is var id ? ($"((Address = {id} AND ScimId = {id}) OR (ScimId <> Address AND ScimId = {id}))", true) : null,
            _ when attribute.Is("userName") => Like("Address", compare.Operator, text),
            _ when attribute.Is("displayName") => Like("DisplayName", compare.Operator, text),
            _ when attribute.Is("emails") || attribute.Is("emails", "value") => Emails(compare with { Attribute = new ScimAttribute(null, "value", null) }),
            _ when attribute.Is("meta", "lastModified") => Changed(compare.Operator, text),
            _ => null,
        };
    }

    // The addresses stand between spaces in one column.
    private (string Sql, bool Exact)? Emails(ScimFilter inner) => inner switch
    {
        ScimFilter.And and => Emails(and.Left) ?? Emails(and.Right),
        ScimFilter.Compare compare when compare.Attribute.Is("value") && Text(compare.Value) is { Length: > 0 } text && Ascii.IsValid(text) && !text.Contains(' ', StringComparison.Ordinal) =>
            compare.Operator switch
            {
                "eq" => ($"(Emails LIKE {Value($"% {Escape(text)} %")} ESCAPE '\\')", false),
                "co" => ($"(Emails LIKE {Value($"%{Escape(text)}%")} ESCAPE '\\')", false),
                "sw" => ($"(Emails LIKE {Value($"% {Escape(text)}%")} ESCAPE '\\')", false),
                "ew" => ($"(Emails LIKE {Value($"%{Escape(text)} %")} ESCAPE '\\')", false),
                _ => null,
            },
        _ => null,
    };

    // LIKE knows the case of ASCII only.
    private (string Sql, bool Exact)? Like(string column, string op, string text)
    {
        string? pattern = op switch { "eq" => Escape(text), "co" => $"%{Escape(text)}%", "sw" => $"{Escape(text)}%", "ew" => $"%{Escape(text)}", _ => null };
        return pattern is not null && Ascii.IsValid(text) ? ($"({column} LIKE {Value(pattern)} ESCAPE '\\')", true) : null;
    }

    private (string Sql, bool Exact)? Changed(string op, string text) =>
        op is "gt" or "ge" or "lt" or "le" && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out DateTimeOffset at)
            ? ($"(Changed {(op[0] == 'g' ? ">=" : "<=")} {Value(at.ToUnixTimeSeconds())})", false) : null;

    private string Value(object value)
    {
        _values.Add(value);
        return FormattableString.Invariant($"$v{_values.Count - 1}");
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
