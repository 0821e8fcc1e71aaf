using Microsoft.Extensions.Options;

namespace Ptt.Web.Configuration;

/// <summary>Where everything lies that must survive. Directories are made 0700 and files of ours are 0600.</summary>
public sealed class DataDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public DataDirectory(IOptions<PttOptions> options) : this(options.Value.DataDirectory)
    {
    }

    public DataDirectory(string path)
    {
        Root = Path.GetFullPath(path);
        Directory.CreateDirectory(Root, OwnerOnly);
    }

    public string Root { get; }

    /// <summary>The path of a file of ours; its directory exists afterwards.</summary>
    public string File(params ReadOnlySpan<string> parts)
    {
        string path = Path.Combine([Root, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly);
        return path;
    }

    /// <summary>The path of a directory of ours, made when missing.</summary>
    public string Folder(params ReadOnlySpan<string> parts)
    {
        string path = Path.Combine([Root, .. parts]);
        Directory.CreateDirectory(path, OwnerOnly);
        return path;
    }
}
