using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization;

namespace Ptt.Web.Alarms;

/// <summary>
/// A sentence and what is put into it, kept apart, so that pages can say it in the viewer's language: <see cref="Format"/> is the key of its
/// translation. Made of an interpolated string: <c>$"The disk has {free} left."</c>
/// </summary>
[InterpolatedStringHandler]
public sealed class Wording
{
    private readonly StringBuilder _format = new();
    private readonly List<string> _values = [];
    private readonly List<object> _arguments = [];

    public Wording(int literalLength, int formattedCount) => (_, _values) = (literalLength, new List<string>(formattedCount));

    [JsonConstructor]
    public Wording(string format, IReadOnlyList<string> values) => (_format, _values, _arguments) = (new StringBuilder(format), [.. values], [.. values]);

    /// <summary>A composite format, as <see cref="string.Format(string, object[])"/> takes it.</summary>
    public string Format => _format.ToString();

    public IReadOnlyList<string> Values => _values;

    /// <summary><see cref="Values"/>, with sentences within the sentence as they are, so that they can be translated too.</summary>
    [JsonIgnore]
    public IReadOnlyList<object> Arguments => _arguments;

    [return: NotNullIfNotNull(nameof(text))]
    public static implicit operator Wording?(string? text) => FromString(text);

    [return: NotNullIfNotNull(nameof(text))]
    public static Wording? FromString(string? text) => text is null ? null : new(Plain(text), []);

    public void AppendLiteral(string text) => _format.Append(Plain(text));

    public void AppendFormatted<T>(T value, string? format = null)
    {
        _format.Append(CultureInfo.InvariantCulture, $"{{{_values.Count}}}");
        _values.Add(value is IFormattable formattable ? formattable.ToString(format, CultureInfo.InvariantCulture) : value?.ToString() ?? "");
        _arguments.Add(value is Wording inner ? (object)inner : _values[^1]);   // without the cast the text would become a Wording by itself
    }

    /// <summary>The sentence in English.</summary>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, Format, [.. _values]);

    public override bool Equals(object? obj) => obj is Wording other && other.Format == Format && other._values.SequenceEqual(_values);

    public override int GetHashCode() => Format.GetHashCode(StringComparison.Ordinal);

    private static string Plain(string text) => text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
}
