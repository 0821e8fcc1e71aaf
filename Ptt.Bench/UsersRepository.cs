using System.Globalization;
using System.Text;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Git;

/// <summary>A repository of very many users, made by git's plumbing: fast-import looks through a folder for each file that is added to it.</summary>
internal static class UsersRepository
{
    public static async Task<string> FillAsync(GitCommand git, IReadOnlyList<FileChange> files)
    {
        var blobs = new MemoryStream();
        foreach (FileChange file in files)
        {
            blobs.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob\ndata {file.Content!.Value.Length}\n")));
            blobs.Write(file.Content.Value.Span);
            blobs.WriteByte((byte)'\n');
        }

        await git.RunAsync(["fast-import", "--quiet"], new GitInput(blobs.ToArray()));
        string tree = await TreeAsync(git, [.. files.Select(f => (f.Path.Split('/'), UserFile.BlobId(f.Content!.Value.Span)))], 0);
        var people = new Dictionary<string, string>
        {
            ["GIT_AUTHOR_NAME"] = "Bench", ["GIT_AUTHOR_EMAIL"] = "bench@example.org", ["GIT_COMMITTER_NAME"] = "Bench", ["GIT_COMMITTER_EMAIL"] = "bench@example.org",
        };
        string commit = (await git.TryAsync(["commit-tree", tree, "-m", "All of them"], new GitInput(Environment: people))).Line;
        await git.RunAsync(["update-ref", "refs/heads/main", commit]);
        return commit;
    }

    private static async Task<string> TreeAsync(GitCommand git, IReadOnlyList<(string[] Path, string Blob)> files, int depth)
    {
        var lines = new StringBuilder();
        foreach (IGrouping<string, (string[] Path, string Blob)> entry in files.GroupBy(f => f.Path[depth]))
        {
            (string[] path, string blob) = entry.First();
            lines.Append(path.Length == depth + 1 ? $"100644 blob {blob}\t{entry.Key}\n" : $"040000 tree {await TreeAsync(git, [.. entry], depth + 1)}\t{entry.Key}\n");
        }

        return (await git.TryAsync(["mktree"], GitInput.Of(lines.ToString()))).Line;
    }
}
