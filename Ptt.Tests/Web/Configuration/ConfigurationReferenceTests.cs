using System.Text;
using System.Text.RegularExpressions;
using Ptt.Tests.EndToEnd;
using Ptt.Tests.Support;

namespace Ptt.Tests.Web.Configuration;

/// <summary>
/// The reference in docs/configuration.md is what the options types say: key, default, and the property's own comment. PTT_WRITE_DOCS=1 writes it
/// instead of comparing.
/// </summary>
public sealed partial class ConfigurationReferenceTests
{
    private const string Begin = "<!-- keys: made from the options types; PTT_WRITE_DOCS=1 ./test.sh --filter Reference writes it -->";
    private const string End = "<!-- end of keys -->";

    [Fact]
    public async Task The_reference_lists_every_key_with_its_default_and_its_meaning()
    {
        string path = Path.Combine(Repository.Root, "docs/configuration.md");
        string document = File.ReadAllText(path);
        int from = document.IndexOf(Begin, StringComparison.Ordinal), to = document.IndexOf(End, StringComparison.Ordinal);
        Assert.True(from >= 0 && to > from, "docs/configuration.md has lost its markers.");
        string expected = Begin + "\n\n" + await ReferenceAsync() + "\n";

        if (Environment.GetEnvironmentVariable("PTT_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, document[..from] + expected + document[to..]);
            return;
        }

        Assert.Equal(expected, document[from..to]);
    }

    private static async Task<string> ReferenceAsync()
    {
        (int code, string output) = await Command.RunAsync(PttProcess.Program, ["settings", "--all"], directory: Repository.Root);
        Assert.True(code == 0, output);
        var silent = new List<string>();
        var text = new StringBuilder("| Key | Default | Meaning |\n|---|---|---|\n");
        foreach (string[] row in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')))
        {
            string meaning = Meaning(row[2], row[3]);
            if (meaning.Length == 0)
            {
                silent.Add($"{row[2]}.{row[3]} ({row[0]})");
            }

            text.Append($"| `{row[0]}` | {(row[1].Length > 0 ? $"`{row[1]}`" : "")} | {meaning} |\n");
        }

        Assert.True(silent.Count == 0, "These say nothing of what they mean: " + string.Join(", ", silent));
        return text.ToString();
    }

    /// <summary>The summary over the property, in the source of its type.</summary>
    private static string Meaning(string type, string property)
    {
        foreach (string file in new[] { "Ptt.Web", "Ptt.Smtp", "Ptt.Mail", "Ptt.Dns" }.SelectMany(Repository.Sources))
        {
            string source = File.ReadAllText(file);
            Match declaration = Regex.Match(source, $@"\b(class|record)\s+{type}\b");
            if (declaration.Success
                && Regex.Match(source[declaration.Index..], $@"((?:^[ \t]*///[^\n]*\n)+)(?:^[ \t]*\[[^\n]*\n)*^[ \t]*public [^\n=(]*\b{property}\b\s*\{{", RegexOptions.Multiline) is { Success: true } found)
            {
                string summary = Slashes().Replace(found.Groups[1].Value, " ");
                summary = Tags().Replace(References().Replace(summary, m => $"`{m.Groups[1].Value.Split('.')[^1]}`"), m => m.Value is "<c>" or "</c>" ? "`" : "");
                return Spaces().Replace(summary.Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal), " ").Trim();
            }
        }

        return "";
    }

    [GeneratedRegex(@"^[ \t]*///", RegexOptions.Multiline)]
    private static partial Regex Slashes();

    [GeneratedRegex(@"<see (?:cref|langword)=""([^""]+)""\s*/>")]
    private static partial Regex References();

    [GeneratedRegex(@"</?[a-z]+[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
