using System.Security.Cryptography;
using Ptt.Web.Configuration;

namespace Ptt.Web.Users.Credentials;

/// <summary>32 random bytes that this installation keeps (<c>login.key</c>, 0600): for answers about unknown users that stay the same over restarts.</summary>
internal sealed class StableSecret(DataDirectory data)
{
    private readonly Lazy<byte[]> _key = new(() => ReadOrMake(data.File("login.key")));

    public byte[] Key => _key.Value;

    private static byte[] ReadOrMake(string path)
    {
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: 32 } kept)
        {
            return kept;
        }

        byte[] made = RandomNumberGenerator.GetBytes(32);
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.Write(made);
        return made;
    }
}
