using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ptt.Web.Users.Scim;

/// <summary>Reads filters and paths (RFC 7644 §3.4.2.2, §3.5.2 figures 1 and 7): <c>or</c> binds less than <c>and</c>, which binds less than <c>not</c>.</summary>
internal sealed class ScimFilterParser
{
    private const int MaxDepth = 30;

    private static readonly string[] Operators = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"];

    private readonly string _text;
    private int _at;
    private int _depth;

    private ScimFilterParser(string text) => _text = text;

    public static bool TryParse(string text, [NotNullWhen(true)] out ScimFilter? filter)
    {
        var parser = new ScimFilterParser(text);
        filter = text.Length <= 4000 ? parser.Or() : null;
        parser.Spaces();
        filter = parser._at == text.Length ? filter : null;
        return filter is not null;
    }

    /// <summary><c>name.familyName</c>, <c>emails[type eq "work"]</c>, <c>emails[type eq "work"].value</c>.</summary>
    public static bool TryParsePath(string text, [NotNullWhen(true)] out ScimPath? path)
    {
        path = null;
        var parser = new ScimFilterParser(text);
        if (text.Length > 4000 || parser.Attribute() is not { } attribute)
        {
            return false;
        }

        ScimFilter? filter = null;
        string? sub = attribute.Sub;
        if (parser.Takes('['))
        {
            filter = parser.Or();
            parser.Spaces();
            if (filter is null || attribute.Sub is not null || !parser.Takes(']'))
            {
                return false;
            }

            if (parser.Takes('.'))
            {
                sub = parser.Word();
                if (sub.Length == 0)
                {
                    return false;
                }
            }
        }

        path = parser._at == text.Length ? new ScimPath(attribute with { Sub = null }, filter, sub) : null;
        return path is not null;
    }

    private ScimFilter? Or()
    {
        ScimFilter? left = And();
        while (left is not null && Keyword("or"))
        {
            left = And() is { } right ? new ScimFilter.Or(left, right) : null;
        }

        return left;
    }

    private ScimFilter? And()
    {
        ScimFilter? left = Term();
        while (left is not null && Keyword("and"))
        {
            left = Term() is { } right ? new ScimFilter.And(left, right) : null;
        }

        return left;
    }

    private ScimFilter? Term()
    {
        if (++_depth > MaxDepth)
        {
            return null;
        }

        try
        {
            if (Keyword("not"))
            {
                return Group() is { } inner ? new ScimFilter.Not(inner) : null;
            }

            Spaces();
            return _at < _text.Length && _text[_at] == '(' ? Group() : Expression();
        }
        finally
        {
            _depth--;
        }
    }

    private ScimFilter? Group()
    {
        Spaces();
        if (!Takes('(') || Or() is not { } inner)
        {
            return null;
        }

        Spaces();
        return Takes(')') ? inner : null;
    }

    private ScimFilter? Expression()
    {
        if (Attribute() is not { } attribute)
        {
            return null;
        }

        if (Takes('['))
        {
            ScimFilter? inner = Or();
            Spaces();
            if (inner is null || !Takes(']'))
            {
                return null;
            }

            // Not in the RFC, and how Entra ID looks for a mail address: emails[type eq "work"].value eq "…".
            return !Takes('.') ? new ScimFilter.Element(attribute, inner)
                : Attribute() is { } sub && Comparison(sub) is { } compare ? new ScimFilter.Element(attribute, new ScimFilter.And(inner, compare)) : null;
        }

        return Comparison(attribute);
    }

    private ScimFilter.Compare? Comparison(ScimAttribute attribute)
    {
        Spaces();
        string op = Word().ToLowerInvariant();
        if (!Operators.Contains(op))
        {
            return null;
        }

        return op == "pr" ? new ScimFilter.Compare(attribute, op, null) : Value(out JsonNode? value) ? new ScimFilter.Compare(attribute, op, value) : null;
    }

    private ScimAttribute? Attribute()
    {
        Spaces();
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is ':' or '.' or '-' or '_' or '$'))
        {
            _at++;
        }

        return ScimAttribute.Parse(_text[start.._at]);
    }

    // A JSON literal: string, number, true, false, null.
    private bool Value(out JsonNode? value)
    {
        value = null;
        Spaces();
        int start = _at;
        if (Takes('"'))
        {
            while (_at < _text.Length && _text[_at] != '"')
            {
                _at += _text[_at] == '\\' ? 2 : 1;
            }

            if (!Takes('"'))
            {
                return false;
            }
        }
        else
        {
            while (_at < _text.Length && _text[_at] is not (' ' or ')' or ']'))
            {
                _at++;
            }
        }

        try
        {
            value = JsonNode.Parse(_text[start.._at]);
            return value is null or JsonValue;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool Keyword(string word)
    {
        Spaces();
        int end = _at + word.Length;
        bool here = end < _text.Length && _text.AsSpan(_at, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase) && (_text[end] is ' ' or '(');
        _at = here ? end : _at;
        return here;
    }

    private string Word()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '-' or '_' or '$'))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private bool Takes(char c)
    {
        bool here = _at < _text.Length && _text[_at] == c;
        _at += here ? 1 : 0;
        return here;
    }

    private void Spaces()
    {
        while (_at < _text.Length && _text[_at] == ' ')
        {
            _at++;
        }
    }
}

/// <summary>Where a PATCH operation works: an attribute, of it the elements that fit, of those a sub-attribute.</summary>
internal sealed record ScimPath(ScimAttribute Attribute, ScimFilter? Filter, string? Sub);
