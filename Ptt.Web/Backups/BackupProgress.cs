namespace Ptt.Web.Backups;

/// <summary>How far a backup is. Written by one thread, read by any.</summary>
public sealed class BackupProgress
{
    private long _octets;
    private long _done;
    private long _copied;
    private int _files;
    private int _filesDone;
    private string? _doing;
    private long _largest;

    /// <summary>Of all files that go into it, as they were when it began.</summary>
    public long Octets => Volatile.Read(ref _octets);

    /// <summary>At most <see cref="Octets"/>, also when files have grown since.</summary>
    public long OctetsDone => Math.Min(Octets, Volatile.Read(ref _done) + Volatile.Read(ref _copied));

    public int Files => Volatile.Read(ref _files);

    public int FilesDone => Math.Min(Files, Volatile.Read(ref _filesDone));

    /// <summary>The file that is being written, within the data directory; null before the first and after the last.</summary>
    public string? File => Volatile.Read(ref _doing);

    /// <summary>Octets of the largest file: a database is copied beside the archive before it goes in.</summary>
    public long Largest => Volatile.Read(ref _largest);

    internal void Begin(IEnumerable<long> lengths)
    {
        long[] all = [.. lengths];
        Volatile.Write(ref _octets, all.Sum());
        Volatile.Write(ref _largest, all.DefaultIfEmpty().Max());
        Volatile.Write(ref _files, all.Length);
    }

    internal void Doing(string file) => Volatile.Write(ref _doing, file);

    /// <summary>A database is copied before it is written: the copy counts for half of it.</summary>
    internal void Copied(double share, long length) => Volatile.Write(ref _copied, (long)(share * length / 2));

    internal void Done(long length)
    {
        Volatile.Write(ref _copied, 0);
        Interlocked.Add(ref _done, length);
        Interlocked.Increment(ref _filesDone);
    }

    internal void End()
    {
        Volatile.Write(ref _doing, null);
        Volatile.Write(ref _done, Octets);
        Volatile.Write(ref _filesDone, Files);
    }
}
