using System.Globalization;
using Ptt.Smtp.Relay;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue.Tracing;

/// <summary>
/// One file for each day of acceptance. An index over thirty days would be written all over for each message; that of today
/// is small and warm, a search asks the days one after the other, and what is too old is removed as a file.
/// </summary>
internal sealed class TraceFiles
{
    internal static readonly StoreFormat Format = StoreFormat.Embedded("trace", previous: 1);

    private const string Pattern = "yyyy-MM-dd";

    public TraceFiles(string directory)
    {
        Directory = directory;
        System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Directory { get; }

    public static DateOnly DayOf(SpoolId id) => DateOnly.FromDateTime(SpoolIds.MomentOf(id).UtcDateTime);

    public string PathOf(DateOnly day) => Path.Combine(Directory, day.ToString(Pattern, CultureInfo.InvariantCulture) + ".db");

    /// <summary>The newest first.</summary>
    public IReadOnlyList<DateOnly> Days() =>
    [
        .. System.IO.Directory.EnumerateFiles(Directory, "*.db")
            .Select(f => DateOnly.TryParseExact(Path.GetFileNameWithoutExtension(f), Pattern, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day : (DateOnly?)null)
            .OfType<DateOnly>().OrderDescending(),
    ];

    public void Delete(DateOnly day)
    {
        foreach (string suffix in new[] { "", "-wal", "-shm" })
        {
            File.Delete(PathOf(day) + suffix);
        }
    }
}
