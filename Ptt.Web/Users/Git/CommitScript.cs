using System.Globalization;
using System.Text;

namespace Ptt.Web.Users.Git;

/// <summary>What git fast-import reads (git-fast-import(1)): blobs, trees and commits, one on top of the other, and at the end the question for their ids.</summary>
internal static class CommitScript
{
    private const string Ref = "refs/ptt/next";

    public static byte[] Write(string? parent, IReadOnlyList<NewCommit> commits, string committer)
    {
        var script = new MemoryStream();
        void Line(string text) => script.Write(Encoding.UTF8.GetBytes(text + "\n"));
        void Data(ReadOnlySpan<byte> octets)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"data {octets.Length}"));
            script.Write(octets);
            Line("");
        }

        Line($"feature done\nreset {Ref}");
        Line(parent is null ? "" : $"from {parent}\n");
        foreach ((int i, NewCommit commit) in commits.Index())
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"commit {Ref}\nmark :{i + 1}\nauthor {Person(commit.By.Author, commit.By.At)}\ncommitter {Person(committer, commit.By.At)}"));
            Data(Encoding.UTF8.GetBytes(commit.By.Message.TrimEnd() + "\n"));
            foreach (FileChange change in commit.Files)
            {
                if (change.Blob is { } blob)
                {
                    Line($"M 100644 {blob} {change.Path}");
                }
                else if (change.Content is { } content)
                {
                    Line($"M 100644 inline {change.Path}");
                    Data(content.Span);
                }
                else
                {
                    Line($"D {change.Path}");
                }
            }

            Line("");
        }

        for (int i = 1; i <= commits.Count; i++)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"get-mark :{i}"));
        }

        Line("done");
        return script.ToArray();
    }

    // Angle brackets and line ends would end the name (gitformat: ident).
    private static string Person(string name, DateTimeOffset at)
    {
        string clean = new string([.. name.Where(c => !char.IsControl(c) && c is not ('<' or '>'))]).Trim();
        string email = clean.Contains('@', StringComparison.Ordinal) && !clean.Contains(' ', StringComparison.Ordinal) ? clean : "ptt@localhost";
        return string.Create(CultureInfo.InvariantCulture, $"{(clean.Length > 0 ? clean : "unknown")} <{email}> {at.ToUnixTimeSeconds()} +0000");
    }
}

/// <summary>One commit to be made.</summary>
internal sealed record NewCommit(IReadOnlyList<FileChange> Files, Authorship By);

/// <summary>One file of a commit to be: its content, or a blob that is there already; neither deletes it.</summary>
internal sealed record FileChange(string Path, ReadOnlyMemory<byte>? Content, string? Blob = null);

internal sealed record Authorship(string Author, string Message, DateTimeOffset At);
