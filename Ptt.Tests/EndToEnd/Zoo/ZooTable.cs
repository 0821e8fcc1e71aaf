using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd.Zoo;

/// <summary>The table between the marks in docs/delivery.md; with PTT_WRITE_DOCS=1 it is written anew.</summary>
internal static class ZooTable
{
    private const string Begin = "<!-- zoo: written by the tests with PTT_WRITE_DOCS=1 -->", End = "<!-- /zoo -->";

    public static void Check(IReadOnlyList<ZooResult> results)
    {
        string path = Path.Combine(Repository.Root, "docs", "delivery.md"), text = File.ReadAllText(path);
        int from = text.IndexOf(Begin, StringComparison.Ordinal), to = text.IndexOf(End, StringComparison.Ordinal);
        Assert.True(from >= 0 && to > from, "docs/delivery.md has lost the marks of the table.");
        string table = "\n" + string.Join('\n', ["| Destination | What Ptt did | TLS rule | In its TLS report |", "|---|---|---|---|", .. results.Select(Row)]) + "\n";
        if (Environment.GetEnvironmentVariable("PTT_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, text[..(from + Begin.Length)] + table + text[to..]);
            return;
        }

        Assert.Equal(text[(from + Begin.Length)..to], table);
    }

    private static string Row(ZooResult result) => $"| {result.Animal.Is} | {result.Did} | `{result.Rule}` | {result.Told} |".Replace("`–`", "–", StringComparison.Ordinal);
}
