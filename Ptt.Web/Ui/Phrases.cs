using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ptt.Web.Ui;

/// <summary>
/// Words of our own that reach a page as one text, its values already in it: kept in a file (the history of a key), or written where no page is known
/// (Ptt.Dns, the users' files). A phrase is known again by its template (<c>Phrases.fr.json</c>, and the sentences of <c>Text.fr.json</c>) and said in the viewer's language, so are phrases within it and
/// phrases in a row. Whatever is not known stays as it is: the words of strangers are theirs.
/// </summary>
internal static class Phrases
{
    // Longer texts, and more sentences in a row, are nobody's phrases: looking for them costs time.
    private const int MaxLength = 2000;
    private const int MaxSentences = 12;
    private const int MaxDepth = 4;

    private static readonly FrozenDictionary<string, Book> Books =
        Viewer.Languages.Where(l => l != "en").ToFrozenDictionary(l => l, l => new Book(
            [.. Translations.Read("Phrases", l), .. Translations.Read("Text", l).Where(t => t.Key.EndsWith('.') && t.Key.Contains(' ', StringComparison.Ordinal))]));

    /// <summary>The text in the language of the viewer (<see cref="CultureInfo.CurrentUICulture"/>).</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Say(string? text) =>
        text is { Length: > 0 and <= MaxLength } && Books.TryGetValue(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName, out Book? book) ? book.Say(text, MaxDepth) : text;

    private sealed class Book(IReadOnlyList<KeyValuePair<string, string>> phrases)
    {
        private readonly FrozenDictionary<string, string> _whole = phrases.Where(p => !p.Key.Contains('{', StringComparison.Ordinal)).ToFrozenDictionary(StringComparer.Ordinal);

        // The one that says most itself comes first: others may fit what it says too.
        private readonly Template[] _templates = [.. phrases.Where(p => p.Key.Contains('{', StringComparison.Ordinal)).Select(p => new Template(p.Key, p.Value)).OrderByDescending(t => t.Weight)];

        public string Say(string text, int depth) => Find(text, depth) ?? Sentences(text, depth).Said;

        // Null: it is not one phrase of ours.
        private string? Find(string text, int depth)
        {
            if (depth == 0)
            {
                return null;
            }

            if (_whole.TryGetValue(text, out string? said))
            {
                return said;
            }

            foreach (Template template in _templates)
            {
                if (template.Match(text) is { } values && SayAll(values, depth - 1))
                {
                    return string.Format(CultureInfo.CurrentCulture, template.Said, [.. values]);
                }
            }

            return About(text, ": ", depth) ?? About(text, " ", depth);
        }

        // False: one of the values holds sentences that are not known, so they are none of its: the phrase ended before.
        private bool SayAll(string[] values, int depth)
        {
            foreach (ref string value in values.AsSpan())
            {
                (string said, bool isKnown) = Find(value, depth) is { } one ? (one, true) : Sentences(value, depth);
                if (!isKnown && Ends(value).Any())
                {
                    return false;
                }

                value = said;
            }

            return true;
        }

        // What it is about, and a phrase: "users/x.json: is not JSON", "roles/0 is no name of a role".
        private string? About(string text, string between, int depth)
        {
            int at = text.IndexOf(between, StringComparison.Ordinal);
            return at > 0 && !Ends(text[..at]).Any() && Find(text[(at + between.Length)..], depth - 1) is { } said ? text[..at] + between + said : null;
        }

        // Several in a row: each time the longest that is known.
        private (string Said, bool IsKnown) Sentences(string text, int depth)
        {
            if (text.TrimStart(' ') is { Length: > 0 } trimmed && trimmed.Length < text.Length)
            {
                return (text[..^trimmed.Length] + Say(trimmed, depth), false);
            }

            int[] ends = [.. Ends(text).Take(MaxSentences), text.Length];
            if (ends.Length == 1)
            {
                return WithoutStop(text, depth) is { } one ? (one, true) : (text, false);
            }

            var said = new List<string>();
            bool isKnown = true;
            for (int from = 0, first = 0; from < text.Length;)
            {
                int last = ends.Length - 1;
                for (; last >= first; last--)
                {
                    string part = text[from..ends[last]];
                    string? known = Find(part, depth) ?? WithoutStop(part, depth);
                    if (known is not null || last == first)
                    {
                        said.Add(known ?? part);
                        isKnown &= known is not null;
                        break;
                    }
                }

                from = Math.Min(text.Length, ends[last] + 1);
                first = last + 1;
            }

            return (string.Join(' ', said), isKnown);
        }

        private string? WithoutStop(string text, int depth) => text is [.., '.' or ';'] && Find(text[..^1], depth) is { } known ? known + text[^1] : null;

        private static IEnumerable<int> Ends(string text)
        {
            for (int i = 0; i + 2 < text.Length; i++)
            {
                if (text[i] is '.' or ';' && text[i + 1] == ' ')
                {
                    yield return i + 1;
                }
            }
        }
    }

    /// <summary>A text with places, <c>{0}</c> and so on in this order, each of which holds something.</summary>
    private sealed class Template
    {
        private readonly string[] _between;

        public Template(string english, string said)
        {
            Said = said;
            _between = english.Split([.. Enumerable.Range(0, 9).Select(i => $"{{{i}}}")], StringSplitOptions.None);
            Weight = _between.Sum(b => b.Length);
        }

        public string Said { get; }

        public int Weight { get; }

        public string[]? Match(string text)
        {
            string end = _between[^1];
            int limit = text.Length - end.Length;
            if (limit < _between[0].Length || !text.StartsWith(_between[0], StringComparison.Ordinal) || !text.EndsWith(end, StringComparison.Ordinal))
            {
                return null;
            }

            var values = new string[_between.Length - 1];
            int at = _between[0].Length;
            for (int i = 0; i < values.Length; i++)
            {
                int next = i == values.Length - 1 ? limit : text.IndexOf(_between[i + 1], Math.Min(at + 1, limit), StringComparison.Ordinal);
                if (next <= at || next > limit)
                {
                    return null;
                }

                values[i] = text[at..next];
                at = next + _between[i + 1].Length;
            }

            return values;
        }
    }
}
