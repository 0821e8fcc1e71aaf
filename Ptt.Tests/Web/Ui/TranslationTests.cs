using System.Text.RegularExpressions;
using Ptt.Tests.Support;
using Ptt.Web.Ui;

namespace Ptt.Tests.Web.Ui;

/// <summary>Every text that the code writes for people has its French, with the same places for values.</summary>
public sealed partial class TranslationTests
{
    [Fact]
    public void Every_text_of_the_pages_has_its_French()
    {
        IReadOnlyDictionary<string, string> french = Translations.Read("Text", "fr");
        string[] missing =
        [
            .. Repository.Sources("Ptt.Web").SelectMany(f => TextUse().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal)))
                .Distinct().Where(t => !french.ContainsKey(t)),
        ];
        Assert.True(missing.Length == 0, string.Join("\n", missing));
    }

    [Fact]
    public void Every_alarm_can_be_said_in_French()
    {
        IReadOnlyDictionary<string, string> french = Translations.Read("Text", "fr");
        string[] formats = [.. Repository.Sources("Ptt.Web").SelectMany(f => AlarmText().Matches(File.ReadAllText(f)).Select(m => FormatOf(m.Groups[0].Value))).Distinct()];
        Assert.True(formats.Length > 10, $"only {formats.Length} were found");
        Assert.Equal("", string.Join("\n", formats.Except(french.Keys)));
    }

    [Fact]
    public void Every_sentence_about_DNS_can_be_said_in_French()
    {
        IReadOnlyDictionary<string, string> french = Translations.Read("Text", "fr");
        string[] formats = [.. Repository.Sources("Ptt.Web").Where(f => f.Contains("/Domains/Posture/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal)).SelectMany(f => Literals(File.ReadAllText(f)))
            .Where(t => Sentence().IsMatch(t)), .. Repository.Sources("Ptt.Web").SelectMany(f => PartText().Matches(File.ReadAllText(f)).Select(m => FormatOf(m.Value)))];
        formats = [.. formats.Distinct()];
        Assert.True(formats.Length > 60, $"only {formats.Length} were found");
        Assert.Equal("", string.Join("\n", formats.Except(french.Keys)));
    }

    // Where words are written that reach a page as one text: see Phrases.
    private static readonly string[] PhraseSources =
    [
        "Ptt.Dns/Updating/Update", "Ptt.Dns/Probing/", "Ptt.Dns/Transport/", "Ptt.Dns/Resolving/", "Ptt.Web/Keys/Rotation/", "Ptt.Web/Keys/Vault/KeyVault", "Ptt.Web/Keys/SigningKeys",
        "Ptt.Web/Domains/Updates/", "Ptt.Web/Users/Files/", "Ptt.Web/Users/Import/ImportPlan", "Ptt.Web/Users/Sync/IncomingPolicy", "Ptt.Web/Users/Git/CommitSignatures", "Ptt.Web/Users/Changes/RoleGuard",
        "Ptt.Web/Users/Sending/SendingLimits", "Ptt.Web/Users/Sending/UnknownRecipients",
    ];

    [Fact]
    public void Every_phrase_can_be_said_in_French_and_is_still_said()
    {
        IReadOnlyDictionary<string, string> french = Translations.Read("Phrases", "fr"), texts = Translations.Read("Text", "fr");
        string Code(string file) => string.Join('\n', File.ReadAllText(file).Split('\n').Where(l => !NoPhrase().IsMatch(l)));
        string[] sources = [.. Repository.Sources("Ptt.Dns").Concat(Repository.Sources("Ptt.Web")).Where(f => f.EndsWith(".cs", StringComparison.Ordinal))];
        string[] written = [.. sources.Where(f => PhraseSources.Any(p => f.Contains("/" + p, StringComparison.Ordinal))).SelectMany(f => Literals(Code(f))).Where(t => PhraseText().IsMatch(t)).Distinct()];
        Assert.True(written.Length > 100, $"only {written.Length} were found");
        string[] unsaid = [.. written.Except(french.Keys).Except(texts.Keys)], idle = [.. french.Keys.Except(sources.SelectMany(f => Literals(File.ReadAllText(f))))];
        Assert.True(unsaid.Length == 0, "without French:\n" + string.Join("\n", unsaid));
        Assert.True(idle.Length == 0, "no longer said:\n" + string.Join("\n", idle));
    }

    [Fact]
    public void What_a_remotes_words_mean_can_be_said_in_French()
    {
        IReadOnlyDictionary<string, string> french = Translations.Read("Text", "fr");
        string[] meanings = [.. Literals(File.ReadAllText(Path.Combine(Repository.Root, "Ptt.Smtp/Relay/ReplyMeaning.cs"))).Where(t => Sentence().IsMatch(t)).Distinct()];
        Assert.True(meanings.Length > 40, $"only {meanings.Length} were found");
        Assert.Equal("", string.Join("\n", meanings.Except(french.Keys)));
    }

    // Every text of the code, as the format that a Wording would make of it; comments have none that look like one.
    private static IEnumerable<string> Literals(string code)
    {
        foreach (string line in code.Split('\n').Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)))
        {
            for (int at = 0; (at = line.IndexOf('"', at)) >= 0;)
            {
                string rest = line[(at > 0 && line[at - 1] == '$' ? at - 1 : at)..];
                string format = FormatOf(rest, out int length);
                yield return format;
                at += length - (rest[0] == '$' ? 1 : 0);
            }
        }
    }

    private static string FormatOf(string code) => FormatOf(code, out _);

    // The composite format that a Wording makes of such a literal; text in a hole may itself hold literals and holes.
    private static string FormatOf(string code, out int length)
    {
        bool holes = code[0] == '$';
        int at = holes ? 2 : 1;
        var format = new System.Text.StringBuilder();
        int depth = 0;
        int hole = 0;
        for (; at < code.Length; at++)
        {
            char c = code[at];
            if (depth == 0 && c == '"')
            {
                break;
            }

            if (depth == 0 && c == '\\')
            {
                format.Append(code[++at]);
            }
            else if (holes && c == '{')
            {
                format.Append(depth++ == 0 ? "{" + hole++ + "}" : "");
            }
            else if (holes && c == '}')
            {
                depth--;
            }
            else if (depth == 0)
            {
                format.Append(c);
            }
        }

        length = Math.Min(code.Length, at + 1);
        return format.ToString();
    }

    [Fact]
    public void A_translation_has_the_places_of_its_text()
    {
        static string Places(string text) => string.Join(',', Place().Matches(text).Select(m => m.Value).Distinct().Order());
        Assert.All(Translations.Read("Text", "fr").Concat(Translations.Read("Phrases", "fr")), t => Assert.Equal(Places(t.Key), Places(t.Value)));
    }

    [GeneratedRegex("""(?:\bL|texts)\["((?:[^"\\]|\\.)*)"[\],]""")]
    private static partial Regex TextUse();

    // What comes behind the severity begins with the text.
    [GeneratedRegex("""(?<=AlarmSeverity\.\w+,\s*(?:\(\) => )?(?:left > TimeSpan\.Zero \? \(Wording\))?)\$?"[\s\S]{0,700}""")]
    private static partial Regex AlarmText();

    // Parts of such sentences, and what came of an order about keys.
    [GeneratedRegex("""(?<=Note\(|_notes\.Add\(|fault = |\(Wording\))\$"[^\n]+""")]
    private static partial Regex PartText();

    [GeneratedRegex(@"^[A-Z{].*[a-z].* .*[.}]$")]
    private static partial Regex Sentence();

    // Two words at least, or a place and a word.
    [GeneratedRegex(@"[a-z]{2}.* .*(?:[a-z]{2}|\{)|\}.* .*[a-z]{2}")]
    private static partial Regex PhraseText();

    // Lines whose texts are for the log, for a remote program, or a reply of SMTP.
    [GeneratedRegex(@"LoggerMessage|throw new|GeneratedRegex|ToString\(\) =>|Alarm|alarms\.|said\.Contains|new Reply\(|string text = |Encoding\.|WriteAllText")]
    private static partial Regex NoPhrase();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
