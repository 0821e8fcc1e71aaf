using System.Globalization;
using System.Text;

namespace Ptt.Web.Users.Git;

/// <summary>What a commit says of itself.</summary>
public sealed record CommitFacts(string Id, string Tree, IReadOnlyList<string> Parents, string Author, string Email, DateTimeOffset At, string Message)
{
    /// <summary>From the object (gitformat: <c>tree</c>, <c>parent</c>s, <c>author name &lt;mail&gt; seconds zone</c>, more fields, an empty line, the message); null where it is none.</summary>
    internal static CommitFacts? Of(GitObject commit)
    {
        string text = Encoding.UTF8.GetString(commit.Content ?? []);
        int end = text.IndexOf("\n\n", StringComparison.Ordinal);
        string[] fields = (end < 0 ? text : text[..end]).Split('\n');
        string[] parents = [.. fields.Skip(1).TakeWhile(f => f.StartsWith("parent ", StringComparison.Ordinal)).Select(f => f[7..])];
        if (fields.Length < parents.Length + 2 || fields[0] is not ['t', 'r', 'e', 'e', ' ', .. { Length: 40 } tree]
            || fields[parents.Length + 1] is not ['a', 'u', 't', 'h', 'o', 'r', ' ', .. var author])
        {
            return null;
        }

        int open = author.IndexOf('<', StringComparison.Ordinal), close = author.LastIndexOf('>');
        string at = close < 0 ? "" : author[(close + 1)..].Trim().Split(' ')[0];
        return open < 0 || close < open || !long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? null
            : new CommitFacts(commit.Id, tree, parents, author[..open].Trim(), author[(open + 1)..close], DateTimeOffset.FromUnixTimeSeconds(seconds), end < 0 ? "" : text[(end + 2)..].Trim());
    }
}
