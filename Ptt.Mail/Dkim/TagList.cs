using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ptt.Mail.Dkim;

/// <summary>tag-list of RFC 6376 §3.2: <c>name=value</c> pairs between semicolons. Names are unique and keep their case.</summary>
public sealed class TagList
{
    private readonly List<Tag> _tags = [];

    private readonly record struct Tag(string Name, string Value, int Start, int End);

    private TagList()
    {
    }

    /// <summary>The value without its outer white space; null when the tag is absent.</summary>
    public string? this[string name] => _tags.Find(t => t.Name == name) is { Name: not null } tag ? tag.Value : null;

    /// <summary>The name of the first tag; empty in an empty list.</summary>
    public string First => _tags.Count == 0 ? "" : _tags[0].Name;

    public static bool TryParse(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out TagList? list)
    {
        list = null;
        var tags = new TagList();
        int start = 0;
        while (start < octets.Length)
        {
            int length = octets[start..].IndexOf((byte)';');
            int end = length < 0 ? octets.Length : start + length;
            ReadOnlySpan<byte> spec = octets[start..end];
            int equals = spec.IndexOf((byte)'=');
            if (equals < 0)
            {
                if (!IsBlank(spec) || length >= 0)
                {
                    return false;
                }

                break;   // white space after the last semicolon
            }

            string name = Trim(spec[..equals]);
            if (!IsName(name) || tags._tags.Exists(t => t.Name == name))   // §3.2: tags with duplicate names make the list invalid
            {
                return false;
            }

            tags._tags.Add(new Tag(name, Trim(spec[(equals + 1)..]), start + equals + 1, end));
            start = end + 1;
        }

        list = tags;
        return true;
    }

    /// <summary>The value without any white space, as base64 and colon-separated lists allow (§3.2, §3.5).</summary>
    public string? Compact(string name) =>
        this[name] is { } value ? string.Concat(value.Where(c => c is not (' ' or '\t' or '\r' or '\n'))) : null;

    /// <summary>Where the value stands in the octets that were parsed, from the equals sign to the semicolon or the end.</summary>
    internal (int Start, int End) RangeOf(string name)
    {
        Tag tag = _tags.Find(t => t.Name == name);
        return (tag.Start, tag.End);
    }

    private static string Trim(ReadOnlySpan<byte> text) => Encoding.Latin1.GetString(text).Trim(' ', '\t', '\r', '\n');

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
