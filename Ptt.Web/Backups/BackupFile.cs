using System.Globalization;

namespace Ptt.Web.Backups;

/// <summary>A finished archive. <paramref name="Id"/> is the moment at which it began, as its name says it.</summary>
public sealed record BackupFile(string Id, DateTimeOffset At, long Octets)
{
    private const string Moment = "yyyyMMdd'T'HHmmss'Z'", Prefix = "ptt-", Suffix = ".tar";

    public static string IdOf(DateTimeOffset at) => at.UtcDateTime.ToString(Moment, CultureInfo.InvariantCulture);

    /// <summary>The name of its file, within the directory of the backups.</summary>
    public static string NameOf(string id) => Prefix + id + Suffix;

    /// <summary>Null for a file that is not one.</summary>
    public static BackupFile? Of(FileInfo file) =>
        file.Name.StartsWith(Prefix, StringComparison.Ordinal) && file.Name.EndsWith(Suffix, StringComparison.Ordinal) && MomentOf(file.Name[Prefix.Length..^Suffix.Length]) is { } at
            ? new(file.Name[Prefix.Length..^Suffix.Length], at, file.Length) : null;

    /// <summary>Null for what cannot be an id: nothing else becomes part of a path.</summary>
    public static DateTimeOffset? MomentOf(string id) =>
        DateTimeOffset.TryParseExact(id, Moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : null;
}
