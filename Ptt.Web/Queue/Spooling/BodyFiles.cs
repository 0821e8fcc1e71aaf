using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Configuration;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// The large messages, a file each, named by their id. A file and its directory are synced before the row that names it commits;
/// what a crash left without a row is swept away at the start.
/// </summary>
internal sealed class BodyFiles
{
    /// <summary>Larger content is a file: it would only swell the write-ahead log.</summary>
    public const int Threshold = 64 * 1024;

    private readonly string _directory;

    public BodyFiles(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async Task WriteAsync(SpoolId id, MessageContent content, CancellationToken cancellationToken)
    {
        string path = PathOf(id);
        try
        {
            await using (var to = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                await content.CopyToAsync(to, cancellationToken);
                to.Flush(flushToDisk: true);
            }

            DirectorySync.Sync(_directory);
        }
        catch
        {
            Delete(id);
            throw;
        }
    }

    /// <summary>Null when the file is gone.</summary>
    public MessageContent? Open(SpoolId id)
    {
        try
        {
            return MessageContent.FromFile(PathOf(id));   // readable through its handle also when its name is removed
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    public void Delete(SpoolId id)
    {
        try
        {
            File.Delete(PathOf(id));
        }
        catch (IOException)
        {
            // It has no row any more: the sweep of the next start gets it.
        }
    }

    /// <summary>Removes the files that no row names; returns how many.</summary>
    public int Sweep(Func<SpoolId, bool> isQueued)
    {
        int swept = 0;
        foreach (string path in Directory.EnumerateFiles(_directory))
        {
            if (!SpoolId.TryParse(Path.GetFileName(path), out SpoolId id) || !isQueued(id))
            {
                File.Delete(path);
                swept++;
            }
        }

        return swept;
    }

    private string PathOf(SpoolId id) => Path.Combine(_directory, id.ToString());
}
