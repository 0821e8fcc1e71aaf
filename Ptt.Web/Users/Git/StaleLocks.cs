namespace Ptt.Web.Users.Git;

/// <summary>
/// Lock files of refs that a killed git left behind: nobody would take them away, and no ref could be moved any more. A git that lives
/// holds one for some milliseconds; what is older than seconds belongs to the dead.
/// </summary>
internal static class StaleLocks
{
    private static readonly TimeSpan Dead = TimeSpan.FromSeconds(3);

    /// <summary>Waits for those that are young, so that afterwards there is none of the dead.</summary>
    public static async Task RemoveAsync(string repository, CancellationToken cancellationToken)
    {
        TimeProvider files = TimeProvider.System;   // theirs is the system's clock, whatever ours is
        foreach (FileInfo held in Locks(repository))
        {
            TimeSpan left = held.LastWriteTimeUtc + Dead - files.GetUtcNow().UtcDateTime;
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left < Dead ? left : Dead, files, cancellationToken);
            }

            DateTime before = held.LastWriteTimeUtc;
            held.Refresh();
            if (held.Exists && held.LastWriteTimeUtc == before)
            {
                held.Delete();
            }
        }
    }

    private static IEnumerable<FileInfo> Locks(string repository) => new DirectoryInfo(repository) is { Exists: true } root
        ? [.. root.EnumerateFiles("*.lock"), .. new DirectoryInfo(Path.Combine(repository, "refs")) is { Exists: true } refs ? refs.EnumerateFiles("*.lock", SearchOption.AllDirectories) : []]
        : [];
}
