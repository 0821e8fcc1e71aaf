namespace Ptt.Web.Queue.Spooling;

/// <summary>One process at a time: held for as long as the file is open, and free again when its process dies.</summary>
internal static class SpoolLock
{
    public static FileStream Take(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new IOException($"The spool is in use by another process ({path}), or its directory cannot be written.", fault);
        }
    }
}
