using System.Text;

namespace Ptt.Mail.Headers;

internal enum AddressTokenKind
{
    Atom,
    QuotedString,
    DomainLiteral,
    Special,
}

/// <summary>The lexical tokens of RFC 5322 §3.2 in an unfolded value; comments and white space are left out.</summary>
internal readonly record struct AddressToken(AddressTokenKind Kind, string Text)
{
    private const int MaxCommentDepth = 50;

    public bool IsWord => Kind is AddressTokenKind.Atom or AddressTokenKind.QuotedString;

    public char Special => Kind == AddressTokenKind.Special ? Text[0] : '\0';

    public bool IsSpecial(char special) => Special == special;

    public static bool TryRead(string text, out List<AddressToken> tokens)
    {
        tokens = [];
        int at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            bool good = c switch
            {
                ' ' or '\t' => Skip(ref at),
                '(' => TrySkipComment(text, ref at),
                '"' => TryQuoted(text, ref at, tokens),
                '[' => TryLiteral(text, ref at, tokens),
                '<' or '>' or '@' or ',' or ';' or ':' or '.' => Add(AddressTokenKind.Special, text, ref at, 1, tokens),
                ')' or ']' or '\\' => false,
                _ => TryAtom(text, ref at, tokens),
            };
            if (!good)
            {
                return false;
            }
        }

        return true;
    }

    private static bool Skip(ref int at)
    {
        at++;
        return true;
    }

    private static bool Add(AddressTokenKind kind, string text, ref int at, int length, List<AddressToken> tokens)
    {
        tokens.Add(new AddressToken(kind, text.Substring(at, length)));
        at += length;
        return true;
    }

    private static bool TryAtom(string text, ref int at, List<AddressToken> tokens)
    {
        int length = text.AsSpan(at).IndexOfAny(" \t()<>[]:;@\\,.\"");
        length = length < 0 ? text.Length - at : length;
        foreach (char c in text.AsSpan(at, length))
        {
            if (char.IsControl(c))
            {
                return false;
            }
        }

        return Add(AddressTokenKind.Atom, text, ref at, length, tokens);
    }

    private static bool TryQuoted(string text, ref int at, List<AddressToken> tokens)
    {
        var content = new StringBuilder();
        for (int i = at + 1; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"')
            {
                at = i + 1;
                tokens.Add(new AddressToken(AddressTokenKind.QuotedString, content.ToString()));
                return true;
            }

            if (c == '\\' && ++i == text.Length || char.IsControl(text[i]) && text[i] != '\t')
            {
                return false;
            }

            content.Append(text[i]);
        }

        return false;
    }

    private static bool TryLiteral(string text, ref int at, List<AddressToken> tokens)
    {
        int end = text.IndexOf(']', at);
        return end > 0 && text.AsSpan(at + 1, end - at - 1).IndexOfAny("[\\ \t") < 0
            && Add(AddressTokenKind.DomainLiteral, text, ref at, end + 1 - at, tokens);
    }

    private static bool TrySkipComment(string text, ref int at)
    {
        int depth = 0;
        for (; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '\\':
                    at++;
                    break;
                case '(' when ++depth > MaxCommentDepth:
                    return false;
                case ')' when --depth == 0:
                    at++;
                    return true;
            }
        }

        return false;
    }
}
