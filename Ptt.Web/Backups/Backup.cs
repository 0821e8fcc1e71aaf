using System.Diagnostics;
using System.Formats.Tar;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Data.Sqlite;
using Ptt.Web.Configuration;
using SQLitePCL;

namespace Ptt.Web.Backups;

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
    private const int PagesAtOnce = 4096;

    /// <param name="data">The data directory.</param>
    /// <param name="file">The archive, which is made.</param>
    /// <param name="recipient">To whom the secrets are encrypted; null leaves them out.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="beside">A directory with room for a copy of the largest database; null for that of the system's temporary files.</param>
    public static async Task<BackupContents> WriteAsync(
        string data, string file, X509Certificate2? recipient, CancellationToken cancellationToken, BackupProgress? progress = null, string? beside = null)
    {
        DirectoryInfo work = beside is null ? Directory.CreateTempSubdirectory("ptt-backup-") : Directory.CreateDirectory(Path.Combine(beside, ".work"), OwnerOnly | UnixFileMode.UserExecute);
        progress ??= new();
        try
        {
            progress.Begin(Files(data).Where(f => !IsPassing(f)).Select(f => Length(data, f)));
            BackupContents contents;
            await using (var stream = new FileStream(file, new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 1 << 20,
            }))
            {
                await using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
                {
                    contents = await FillAsync(data, tar, work, recipient, progress, cancellationToken);
                }

                stream.Flush(flushToDisk: true);   // who is told that there is a backup may pull the plug
            }

            DirectorySync.Sync(Path.GetDirectoryName(Path.GetFullPath(file))!);
            progress.End();
            return contents;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static async Task<BackupContents> FillAsync(
        string data, TarWriter tar, DirectoryInfo work, X509Certificate2? recipient, BackupProgress progress, CancellationToken cancellationToken)
    {
        string[] databases = [.. Files(data).Where(f => f.EndsWith(".db", StringComparison.Ordinal))];
        foreach (string database in databases)
        {
            string copy = Path.Combine(work.FullName, Path.GetFileName(database));
            progress.Doing(database);
            Copy(Path.Combine(data, database), copy, progress, cancellationToken);
            await tar.WriteEntryAsync(copy, Databases + database, cancellationToken);
            File.Delete(copy);
            progress.Done(Length(data, database));
        }

        // After the spool's rows: each of those has its body on disk already. One that is gone by now was delivered.
        int bodies = await AddBodiesAsync(data, tar, progress, cancellationToken);
        string[] repositories = [.. Directory.GetDirectories(data, "*.git").Select(d => Path.GetFileName(d))];
        foreach (string repository in repositories)
        {
            string bundle = Path.Combine(work.FullName, repository);
            progress.Doing(repository);
            if (await GitAsync(Path.Combine(data, repository), ["bundle", "create", "-q", bundle, "--all"], cancellationToken))
            {
                await tar.WriteEntryAsync(bundle, Bundles + repository, cancellationToken);
                File.Delete(bundle);
            }

            foreach (string part in Files(data).Where(f => f.StartsWith(repository + "/", StringComparison.Ordinal)))
            {
                progress.Done(Length(data, part));
            }
        }

        string[] secrets = [.. Files(data).Where(f => IsSecret(f))];
        if (recipient is not null)
        {
            await AddSecretsAsync(data, secrets, recipient, tar, cancellationToken);
        }

        return new(databases.Length, bodies, repositories.Length, secrets.Length);
    }

    // What is neither a database, nor a body, nor a repository, nor something of the moment.
    private static bool IsSecret(string path) =>
        !path.EndsWith(".db", StringComparison.Ordinal) && !IsBody(path) && !path.Contains(".git/", StringComparison.Ordinal) && !IsPassing(path);

    private static bool IsBody(string path) => path.Contains(".bodies/", StringComparison.Ordinal);

    private static bool IsPassing(string path) =>
        path.EndsWith(".db-wal", StringComparison.Ordinal) || path.EndsWith(".db-shm", StringComparison.Ordinal) || path.EndsWith(".db-journal", StringComparison.Ordinal)
        || path.EndsWith(".lock", StringComparison.Ordinal) || path.EndsWith(".reserve", StringComparison.Ordinal) || path.StartsWith("backups/", StringComparison.Ordinal) || path.StartsWith("incoming/", StringComparison.Ordinal) || path.StartsWith("tmp/", StringComparison.Ordinal);

    private static IEnumerable<string> Files(string data) =>
        Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(data, f).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    private static async Task<int> AddBodiesAsync(string data, TarWriter tar, BackupProgress progress, CancellationToken cancellationToken)
    {
        int added = 0;
        foreach (string body in Files(data).Where(IsBody).ToArray())
        {
            progress.Doing(body);
            try
            {
                // Mapped at its present length: a body that is just being written must not grow under the archive.
                using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(Path.Combine(data, body), FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
                await using MemoryMappedViewStream view = map.CreateViewStream(0, new FileInfo(Path.Combine(data, body)).Length, MemoryMappedFileAccess.Read);
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, Bodies + body) { DataStream = view, Mode = OwnerOnly }, cancellationToken);
                added++;
                progress.Done(view.Length);
            }
            catch (Exception gone) when (gone is FileNotFoundException or ArgumentException or UnauthorizedAccessException)
            {
                // Delivered since it was listed; or empty, so that nothing of it counts yet.
            }
        }

        return added;
    }

    private static long Length(string data, string path)
    {
        try
        {
            return new FileInfo(Path.Combine(data, path)).Length;
        }
        catch (FileNotFoundException)
        {
            return 0;   // delivered, or packed by git
        }
    }

    // Page by page, so that it can be told how far it is. The transaction that is held on the source keeps the copy to one moment, however much is written meanwhile.
    private static void Copy(string from, string to, BackupProgress progress, CancellationToken cancellationToken)
    {
        using var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = from, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        using var target = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = to, Pooling = false }.ToString());
        source.Open();
        target.Open();
        using (SqliteCommand hold = source.CreateCommand())
        {
            hold.CommandText = "BEGIN; SELECT count(*) FROM sqlite_schema";
            hold.ExecuteNonQuery();
        }

        using sqlite3_backup backup = raw.sqlite3_backup_init(target.Handle!, "main", source.Handle!, "main");
        int code;
        while ((code = raw.sqlite3_backup_step(backup, PagesAtOnce)) is raw.SQLITE_OK)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress.Copied(1 - ((double)raw.sqlite3_backup_remaining(backup) / Math.Max(1, raw.sqlite3_backup_pagecount(backup))), new FileInfo(from).Length);
        }

        if (code != raw.SQLITE_DONE)
        {
            throw new IOException($"SQLite could not copy {Path.GetFileName(from)}: {raw.sqlite3_errstr(code).utf8_to_string()}.");
        }
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
