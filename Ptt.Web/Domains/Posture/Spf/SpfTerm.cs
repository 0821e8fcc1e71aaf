using System.Diagnostics.CodeAnalysis;

namespace Ptt.Web.Domains.Posture.Spf;

/// <summary>One mechanism or modifier (RFC 7208 §4.6.1). <paramref name="Argument"/> is what follows the colon, slash or equals sign; equal terms mean the same.</summary>
public sealed record SpfTerm(char Qualifier, string Name, string Argument, string Text)
{
    private static readonly string[] Mechanisms = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];

    public bool IsModifier { get; private init; }

    /// <summary>§4.6.4: the terms that make whoever checks ask DNS.</summary>
    public bool CostsLookup => Name is "include" or "a" or "mx" or "ptr" or "exists" or "redirect";

    public bool HasMacro => Argument.Contains('%', StringComparison.Ordinal);

    public static bool TryParse(string text, [NotNullWhen(true)] out SpfTerm? term)
    {
        term = null;
        if (text.Length == 0 || text.Any(c => c is <= ' ' or > '~'))
        {
            return false;
        }

        int equals = text.IndexOf('=', StringComparison.Ordinal);
        int end = text.AsSpan().IndexOfAny(":/=");
        if (equals > 0 && equals == end)
        {
            // §4.6.1: a modifier is a name and an equals sign; unknown ones are passed over (§6).
            string modifier = text[..equals].ToLowerInvariant();
            bool isName = char.IsAsciiLetter(modifier[0]) && modifier.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
            term = isName ? new SpfTerm('+', modifier, text[(equals + 1)..], text) { IsModifier = true } : null;
            return isName;
        }

        char qualifier = text[0] is '+' or '-' or '~' or '?' ? text[0] : '+';
        string rest = text[0] == qualifier ? text[1..] : text;
        end = rest.AsSpan().IndexOfAny(":/");
        string name = (end < 0 ? rest : rest[..end]).ToLowerInvariant();
        string argument = end < 0 ? "" : rest[end] == ':' ? rest[(end + 1)..] : rest[end..];
        bool needsArgument = name is "include" or "ip4" or "ip6" or "exists";
        if (!Mechanisms.Contains(name) || (needsArgument && argument.Length == 0) || (name == "all" && end >= 0))
        {
            return false;
        }

        term = new SpfTerm(qualifier, name, argument, text);
        return true;
    }

    public bool Equals(SpfTerm? other) =>
        other is not null && Qualifier == other.Qualifier && Name == other.Name && string.Equals(Argument, other.Argument, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => HashCode.Combine(Qualifier, Name, Argument.ToUpperInvariant());

    public override string ToString() => Text;
}
