using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Web.Users.Git;

namespace Ptt.Tests.Web.Users;

public sealed class TreeDiffTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task It_finds_what_git_finds(int seed)
    {
        string bare = Init();
        var random = new Random(seed);
        string[] names = ["a", "a.json", "a-b", "ab", "a0", "b", "b.json", "é.json", "z"];
        List<string> trees = [];
        for (int i = 0; i < 12; i++)
        {
            trees.Add(Tree(bare, random, names, 0));
        }

        using var git = new UserGit(new GitCommand(bare, TimeSpan.FromMinutes(1)), "t@example.org");
        string[] commits = [.. trees.Select(t => UsersHost.Git(bare, "commit-tree", t, "-m", "x"))];
        foreach ((string from, string to) in commits.Zip(commits.Skip(1)))
        {
            // :oldmode newmode oldblob newblob status TAB path
            string[] expected = [.. UsersHost.Git(bare, "-c", "core.quotePath=false", "diff-tree", "-r", "--no-renames", from, to).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split('\t')).Select(l => (Path: l[1], Part: l[0].Split(' '))).Select(l => $"{l.Path} {l.Part[1]} {Shown(l.Part[2])} {Shown(l.Part[3])}").Order(StringComparer.Ordinal)];
            IReadOnlyList<TreeEntry> found = await git.DiffAsync(from, to, default);
            Assert.Equal(expected, found.Select(e => $"{e.Path} {e.Mode} {e.Before} {e.Blob}").Order(StringComparer.Ordinal));
        }

        Assert.Equal(UsersHost.Git(bare, "ls-tree", "-r", commits[0]).Split('\n').Length, (await git.DiffAsync(null, commits[0], default)).Count);

        static string Shown(string id) => id.All(c => c == '0') ? "" : id;
    }

    [Theory]
    [InlineData("100644 a.json", "100644 a.json")]
    [InlineData("100644 b.json", "100644 a.json")]
    [InlineData("100644 a/b.json")]
    [InlineData("100644 ..")]
    [InlineData("40000 .GIT")]
    [InlineData("100644 ")]
    [InlineData("1 a")]
    [InlineData("cut off")]
    public async Task A_folder_that_git_would_not_make_is_refused_with_the_commit(params string[] entries)
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync(_directory.File("data"));
        string bare = host.Repository(), blob = Write(bare, "blob", "{}"u8.ToArray());
        byte[] tree = [.. entries.SelectMany(e => e == "cut off" ? "100644 a.json"u8.ToArray() : [.. System.Text.Encoding.ASCII.GetBytes(e), 0, .. Convert.FromHexString(blob)])];
        string users = Write(bare, "tree", tree);
        string root = Write(bare, "tree", [.. "40000 domains\0"u8, .. Convert.FromHexString(UsersHost.Git(bare, "rev-parse", "main:domains")), .. "40000 users\0"u8, .. Convert.FromHexString(users)]);
        string before = host.Directory().Now.Commit!;
        UsersHost.Git(bare, "update-ref", "refs/heads/main", UsersHost.Git(bare, "commit-tree", root, "-p", before, "-m", "x"));

        Assert.False(await host.Store().SyncAsync(default));

        Assert.Equal(before, host.Directory().Now.Commit);
        Assert.Contains("users: is a folder that git would not make", Assert.Single(host.Services.GetRequiredService<IAlarms>().Current).Text);
    }

    public void Dispose() => _directory.Dispose();

    private string Init()
    {
        UsersHost.Git("/", "init", "-q", "--bare", "-b", "main", _directory.File("bare.git"));
        return _directory.File("bare.git");
    }

    // As it is, whatever git thinks of it.
    private string Write(string bare, string type, byte[] content)
    {
        System.IO.File.WriteAllBytes(_directory.File("object"), content);
        return UsersHost.Git(bare, "hash-object", "-w", "--literally", "-t", type, _directory.File("object"));
    }

    private string Tree(string bare, Random random, string[] names, int depth)
    {
        string[] lines = [.. names.Where(_ => random.Next(3) > 0).Select(name => random.Next(depth < 2 ? 3 : 10) switch
        {
            0 when depth < 2 => $"040000 tree {Tree(bare, random, names, depth + 1)}\t{name}",
            1 => $"{(random.Next(2) == 0 ? "100755" : "120000")} blob {Blob(bare, random)}\t{name}",
            _ => $"100644 blob {Blob(bare, random)}\t{name}",
        })];
        System.IO.File.WriteAllText(_directory.File("tree"), string.Concat(lines.Select(l => l + "\n")));
        return UsersHost.GitFrom(_directory.File("tree"), bare, "mktree");
    }

    private string Blob(string bare, Random random) => _blobs.TryGetValue(random.Next(4), out string? id) ? id : Write(bare, "blob", [(byte)_blobs.Count]) is var made && _blobs.TryAdd(_blobs.Count, made) ? made : made;

    private readonly Dictionary<int, string> _blobs = [];
}
