using Ptt.Web.Configuration;

namespace Ptt.Web.Formats;

/// <summary>A file has a form that only a newer Ptt knows. It was left as it is.</summary>
public sealed class NewerFormatException(IReadOnlyList<NewerFile> files)
    : StartRefusedException("This data was written by a newer Ptt.", string.Join(Environment.NewLine + "  ", files), WhatToDo)
{
    private const string WhatToDo =
        "Start the newer Ptt again; or stop it, call `ptt downgrade` with the newer program on this data directory, and start this one (docs/upgrading.md).";

    public IReadOnlyList<NewerFile> Files { get; } = files;
}

/// <param name="Path">The file.</param>
/// <param name="Number">The form that it has.</param>
/// <param name="Known">The newest that this program knows.</param>
public sealed record NewerFile(string Path, int Number, int Known)
{
    public override string ToString() => $"{Path} has form {Number}; this Ptt knows {Known}.";
}
