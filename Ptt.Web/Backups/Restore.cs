using System.Formats.Tar;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace Ptt.Web.Backups;

/// <summary>Makes a data directory from a backup. Everything is 0600 in directories of 0700.</summary>
internal static class Restore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Null when all is there, else what is wrong.</summary>
    public static async Task<string?> ReadAsync(string file, string data, X509Certificate2? key, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(data, OwnerOnly | UnixFileMode.UserExecute);
        bool secretsLeft = false;
        await using (var tar = new TarReader(File.OpenRead(file)))
        {
            while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                if (entry.Name == Backup.Secrets)
                {
                    secretsLeft = key is null;
                    if (key is not null && await OpenSecretsAsync(entry, data, key, cancellationToken) is { } fault)
                    {
                        return fault;
                    }
                }
                else if (entry.Name.StartsWith(Backup.Bundles, StringComparison.Ordinal))
                {
                    string bundle = Path.Combine(data, "restoring.bundle");
                    await entry.ExtractToFileAsync(bundle, overwrite: true, cancellationToken);
                    if (!await Backup.GitAsync(data, ["clone", "-q", "--mirror", bundle, Path.Combine(data, Path.GetFileName(entry.Name))], cancellationToken)
                        || !await Backup.GitAsync(Path.Combine(data, Path.GetFileName(entry.Name)), ["remote", "remove", "origin"], cancellationToken))
                    {
                        return $"git cannot read {entry.Name} of the backup.";
                    }

                    File.Delete(bundle);
                }
                else if (Place(data, entry.Name[(entry.Name.IndexOf('/', StringComparison.Ordinal) + 1)..]) is { } place)
                {
                    await ExtractAsync(entry, place, cancellationToken);
                }
            }
        }

        return secretsLeft ? "Restored WITHOUT the private keys: name the certificate's key with --with to have them." : null;
    }

    private static async Task<string?> OpenSecretsAsync(TarEntry entry, string data, X509Certificate2 key, CancellationToken cancellationToken)
    {
        using var octets = new MemoryStream();
        await entry.DataStream!.CopyToAsync(octets, cancellationToken);
        var envelope = new EnvelopedCms();
        envelope.Decode(octets.ToArray());
        try
        {
            envelope.Decrypt(new X509Certificate2Collection(key));
        }
        catch (CryptographicException)
        {
            return "The secrets of this backup are for another key.";
        }

        await using var inner = new TarReader(new MemoryStream(envelope.ContentInfo.Content));
        while (await inner.GetNextEntryAsync(copyData: false, cancellationToken) is { } secret)
        {
            if (Place(data, secret.Name) is { } place)
            {
                await ExtractAsync(secret, place, cancellationToken);
            }
        }

        return null;
    }

    /// <summary>Null for a name that would leave the data directory: an archive may be a stranger's.</summary>
    private static string? Place(string data, string name)
    {
        string path = Path.GetFullPath(Path.Combine(data, name));
        return path.StartsWith(Path.GetFullPath(data) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : null;
    }

    private static async Task ExtractAsync(TarEntry entry, string place, CancellationToken cancellationToken)
    {
        if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(place)!, OwnerOnly | UnixFileMode.UserExecute);
            await entry.ExtractToFileAsync(place, overwrite: true, cancellationToken);
            File.SetUnixFileMode(place, OwnerOnly);
        }
    }
}
