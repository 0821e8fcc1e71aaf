using System.Text;

namespace Ptt.Web.Users.Git;

/// <summary>
/// The files that differ between two trees (gitformat: tree objects), read as they lie there and checked on the way: names in git's order and none
/// twice, none that leads elsewhere. Two trees of 100,000 files take some milliseconds.
/// </summary>
internal sealed class TreeDiff(Func<string, CancellationToken, Task<byte[]?>> read)
{
    private const int MaxDepth = 20;
    private const int MaxFound = 5_000_000;

    private readonly List<TreeEntry> _found = [];

    /// <summary>Null: an empty tree.</summary>
    public async Task<IReadOnlyList<TreeEntry>> CompareAsync(string? from, string? to, CancellationToken cancellationToken)
    {
        await CompareAsync("", from, to, 0, cancellationToken);
        return _found;
    }

    private async Task CompareAsync(string folder, string? from, string? to, int depth, CancellationToken cancellationToken)
    {
        byte[]? before = from is null ? [] : await read(from, cancellationToken), after = to is null ? [] : await read(to, cancellationToken);
        if (before is null)
        {
            throw new GitException($"tree {from} cannot be read");
        }

        List<(string Path, string? From, string? To)> below = [];
        if (after is null || depth > MaxDepth || _found.Count > MaxFound || !Walk(folder, before, after, below))
        {
            _found.Add(new TreeEntry(folder, TreeEntry.Malformed, to));
            return;
        }

        foreach ((string path, string? older, string? newer) in below)
        {
            await CompareAsync(path, older, newer, depth + 1, cancellationToken);
        }
    }

    // Both in step; false where the newer is no tree that git would make.
    private bool Walk(string folder, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, List<(string, string?, string?)> below)
    {
        Entry old = Entry.First(before), now = Entry.First(after);
        while (!old.IsEnd || !now.IsEnd)
        {
            if (now.IsMalformed)
            {
                return false;
            }

            int order = old.IsEnd || old.IsMalformed ? 1 : now.IsEnd ? -1 : Entry.Compare(old, now);
            if (order != 0 || !old.Whole.SequenceEqual(now.Whole))
            {
                Entry one = order < 0 ? old : now;
                string path = folder.Length == 0 ? one.NameText : $"{folder}/{one.NameText}";
                string? was = order <= 0 ? old.Id : null, blob = order >= 0 ? now.Id : null;
                if (one.IsTree)
                {
                    below.Add((path, was, blob));
                }
                else
                {
                    _found.Add(new TreeEntry(path, order < 0 ? "000000" : now.Mode, blob) { Before = was });
                }
            }

            Entry next = order >= 0 ? now.Next() : now;
            if (order >= 0 && !next.IsEnd && !next.IsMalformed && Entry.Compare(now, next) >= 0)
            {
                return false;
            }

            old = order <= 0 ? old.Next() : old;
            now = next;
        }

        return true;
    }

    /// <summary><c>mode SP name NUL</c> and the twenty octets of an id.</summary>
    private readonly ref struct Entry
    {
        private readonly ReadOnlySpan<byte> _rest;
        private readonly int _space;
        private readonly int _end;

        private Entry(ReadOnlySpan<byte> rest)
        {
            _rest = rest;
            _space = rest.IndexOf((byte)' ');
            int length = _space < 0 ? -1 : rest[(_space + 1)..].IndexOf((byte)0);
            _end = length < 0 ? -1 : _space + 1 + length;
            IsMalformed = rest.Length > 0 && (_space is < 5 or > 6 || length <= 0 || rest.Length < _end + 21 || LeadsElsewhere(Name));
        }

        public static Entry First(ReadOnlySpan<byte> tree) => new(tree);

        public bool IsEnd => _rest.IsEmpty;

        public bool IsMalformed { get; }

        public ReadOnlySpan<byte> Whole => _rest[..(_end + 21)];

        public bool IsTree => _rest[0] == '4';

        // Group and others may stand in old trees.
        public string Mode => Encoding.ASCII.GetString(_rest[.._space]) is var mode && mode.StartsWith("100", StringComparison.Ordinal)
            ? ((mode[3] - '0') & 1) == 1 ? "100755" : "100644" : mode;

        public string NameText => Encoding.UTF8.GetString(Name);

        public string Id => Convert.ToHexStringLower(_rest.Slice(_end + 1, 20));

        private ReadOnlySpan<byte> Name => _rest[(_space + 1).._end];

        public Entry Next() => IsMalformed ? new Entry([]) : new Entry(_rest[(_end + 21)..]);

        /// <summary>Git's order: a folder's name as if a slash stood behind it.</summary>
        public static int Compare(Entry one, Entry other)
        {
            ReadOnlySpan<byte> a = one.Name, b = other.Name;
            int common = a.CommonPrefixLength(b);
            int x = common < a.Length ? a[common] : one.IsTree ? '/' : 0, y = common < b.Length ? b[common] : other.IsTree ? '/' : 0;
            return x - y;
        }

        private static bool LeadsElsewhere(ReadOnlySpan<byte> name) =>
            name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) || Ascii.EqualsIgnoreCase(name, ".git"u8);
    }
}

/// <summary>One file that differs; <paramref name="Blob"/> null: it is gone.</summary>
internal sealed record TreeEntry(string Path, string Mode, string? Blob)
{
    /// <summary>A folder that git itself would not make.</summary>
    public const string Malformed = "malformed";

    /// <summary>What it was; null: it was not there.</summary>
    public string? Before { get; init; }

    /// <summary>There, and an ordinary file.</summary>
    public bool IsFile => Blob is not null && Mode is "100644" or "100755";
}
