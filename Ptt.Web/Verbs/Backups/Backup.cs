using System.Diagnostics;
using System.Formats.Tar;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Data.Sqlite;

namespace Ptt.Web.Verbs.Backups;

/// <summary>What a backup holds.</summary>
internal sealed record BackupContents(int Databases, int Bodies, int Repositories, int Secrets);

/// <summary>
/// A tar archive of the data directory, consistent while the service writes: databases by SQLite's own backup, repositories as git bundles, message
/// bodies after the spool's database, so that every row has its body. All else is taken for secret: keys, certificates.
/// </summary>
internal static class Backup
{
    public const string Secrets = "secrets.cms";
    public const string Databases = "databases/";
    public const string Bundles = "repositories/";
    public const string Bodies = "files/";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static async Task<BackupContents> WriteAsync(string data, string file, X509Certificate2? recipient, CancellationToken cancellationToken)
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("ptt-backup-");
        try
        {
            await using var stream = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 1 << 20,
            });
            await using var tar = new TarWriter(stream, TarEntryFormat.Pax);
            string[] databases = [.. Files(data).Where(f => f.EndsWith(".db", StringComparison.Ordinal))];
            foreach (string database in databases)
            {
                string copy = Path.Combine(work.FullName, Path.GetFileName(database));
                Copy(Path.Combine(data, database), copy);
                await tar.WriteEntryAsync(copy, Databases + database, cancellationToken);
                File.Delete(copy);
            }

            // After the spool's rows: each of those has its body on disk already. One that is gone by now was delivered.
            int bodies = await AddBodiesAsync(data, tar, cancellationToken);
            string[] repositories = [.. Directory.GetDirectories(data, "*.git").Select(d => Path.GetFileName(d))];
            foreach (string repository in repositories)
            {
                string bundle = Path.Combine(work.FullName, repository);
                if (await GitAsync(Path.Combine(data, repository), ["bundle", "create", "-q", bundle, "--all"], cancellationToken))
                {
                    await tar.WriteEntryAsync(bundle, Bundles + repository, cancellationToken);
                }
            }

            string[] secrets = [.. Files(data).Where(f => IsSecret(f))];
            if (recipient is not null)
            {
                await AddSecretsAsync(data, secrets, recipient, tar, cancellationToken);
            }

            return new(databases.Length, bodies, repositories.Length, secrets.Length);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    // What is neither a database, nor a body, nor a repository, nor something of the moment.
    private static bool IsSecret(string path) =>
        !path.EndsWith(".db", StringComparison.Ordinal) && !IsBody(path) && !path.Contains(".git/", StringComparison.Ordinal) && !IsPassing(path);

    private static bool IsBody(string path) => path.Contains(".bodies/", StringComparison.Ordinal);

    private static bool IsPassing(string path) =>
        path.EndsWith(".db-wal", StringComparison.Ordinal) || path.EndsWith(".db-shm", StringComparison.Ordinal) || path.EndsWith(".db-journal", StringComparison.Ordinal)
        || path.EndsWith(".lock", StringComparison.Ordinal) || path.EndsWith(".reserve", StringComparison.Ordinal) || path.StartsWith("incoming/", StringComparison.Ordinal) || path.StartsWith("tmp/", StringComparison.Ordinal);

    private static IEnumerable<string> Files(string data) =>
        Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(data, f).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    private static async Task<int> AddBodiesAsync(string data, TarWriter tar, CancellationToken cancellationToken)
    {
        int added = 0;
        foreach (string body in Files(data).Where(IsBody).ToArray())
        {
            try
            {
                // Mapped at its present length: a body that is just being written must not grow under the archive.
                using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(Path.Combine(data, body), FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
                await using MemoryMappedViewStream view = map.CreateViewStream(0, new FileInfo(Path.Combine(data, body)).Length, MemoryMappedFileAccess.Read);
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, Bodies + body) { DataStream = view, Mode = OwnerOnly }, cancellationToken);
                added++;
            }
            catch (Exception gone) when (gone is FileNotFoundException or ArgumentException or UnauthorizedAccessException)
            {
                // Delivered since it was listed; or empty, so that nothing of it counts yet.
            }
        }

        return added;
    }

    private static void Copy(string from, string to)
    {
        using var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = from, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        using var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = to, Pooling = false }.ToString());
        source.Open();
        target.Open();
        source.BackupDatabase(target);
    }

    private static async Task AddSecretsAsync(string data, string[] secrets, X509Certificate2 recipient, TarWriter tar, CancellationToken cancellationToken)
    {
        using var plain = new MemoryStream();
        await using (var inner = new TarWriter(plain, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (string secret in secrets)
            {
                await inner.WriteEntryAsync(Path.Combine(data, secret), secret, cancellationToken);
            }
        }

        // CMS (RFC 5652), so that `openssl cms -decrypt` opens it as well as we do.
        var envelope = new EnvelopedCms(new ContentInfo(plain.ToArray()), new AlgorithmIdentifier(new Oid("2.16.840.1.101.3.4.1.42")));   // aes256-CBC
        envelope.Encrypt(new CmsRecipient(recipient, RSAEncryptionPadding.OaepSHA256));
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, Secrets) { DataStream = new MemoryStream(envelope.Encode()), Mode = OwnerOnly }, cancellationToken);
        CryptographicOperations.ZeroMemory(plain.GetBuffer());
    }

    internal static async Task<bool> GitAsync(string directory, string[] arguments, CancellationToken cancellationToken)
    {
        using Process git = Process.Start(new ProcessStartInfo("git", ["-C", directory, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        await git.WaitForExitAsync(cancellationToken);
        return git.ExitCode == 0;   // an empty repository has nothing to bundle
    }
}
