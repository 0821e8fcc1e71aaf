using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Ptt.Web.Access;
using Ptt.Web.Configuration;

namespace Ptt.Web.Backups;

/// <summary>
/// The archives of this machine, and the one that is being written: one at a time, beside the mail, and on when nobody looks. They lie in a directory
/// of the server and are not given out: whoever may carry them away has the machine.
/// </summary>
internal sealed partial class BackupStore(
    DataDirectory data, IOptions<BackupOptions> options, IAuditLog audit, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<BackupStore> logger)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Unfinished = ".part";

    private readonly Lock _gate = new();
    private BackupJob? _job;

    public string Folder { get; } = options.Value.Directory is { Length: > 0 } named ? Path.GetFullPath(named) : Path.Combine(data.Root, "backups");

    public bool HoldsSecrets => options.Value.To.Length > 0;

    /// <summary>What runs, or ran last since the start.</summary>
    public BackupJob? Job => Volatile.Read(ref _job);

    /// <summary>The newest first.</summary>
    public IReadOnlyList<BackupFile> List() => !Directory.Exists(Folder) ? [] :
        [.. new DirectoryInfo(Folder).EnumerateFiles().Select(BackupFile.Of).OfType<BackupFile>().OrderByDescending(f => f.At)];

    public BackupFile? Find(string id) =>
        BackupFile.MomentOf(id) is not null && new FileInfo(Path.Combine(Folder, BackupFile.NameOf(id))) is { Exists: true } file ? BackupFile.Of(file) : null;

    /// <summary>Begins one, unless one runs: then that.</summary>
    public BackupJob Start(string by)
    {
        BackupJob job;
        lock (_gate)
        {
            if (_job is { EndedAt: null } running)
            {
                return running;
            }

            DateTimeOffset now = time.GetUtcNow();
            while (Find(BackupFile.IdOf(now)) is not null)
            {
                now = now.AddSeconds(1);
            }

            _job = job = new BackupJob(BackupFile.IdOf(now), by, now);
        }

        _ = Task.Run(() => RunAsync(job, lifetime.ApplicationStopping));
        return job;
    }

    /// <summary>False when there is none such.</summary>
    public async Task<bool> RemoveAsync(string id, string by)
    {
        if (Find(id) is not { } file)
        {
            return false;
        }

        File.Delete(Path.Combine(Folder, BackupFile.NameOf(file.Id)));
        await audit.RecordAsync(by, "backup.remove", id, null, CancellationToken.None);
        return true;
    }

    private async Task RunAsync(BackupJob job, CancellationToken stoppingToken)
    {
        string file = Path.Combine(Folder, BackupFile.NameOf(job.Id));
        try
        {
            Directory.CreateDirectory(Folder, OwnerOnly);
            foreach (string left in Directory.EnumerateFiles(Folder, "*" + Unfinished))
            {
                File.Delete(left);   // of a process that was killed meanwhile
            }

            using X509Certificate2? recipient = HoldsSecrets ? X509CertificateLoader.LoadCertificateFromFile(options.Value.To) : null;
            BackupContents contents = await Backup.WriteAsync(data.Root, file + Unfinished, recipient, stoppingToken, job.Progress, Folder);
            File.Move(file + Unfinished, file);
            DirectorySync.Sync(Folder);
            await audit.RecordAsync(job.By, "backup.make", job.Id, $"{contents.Databases} databases, {contents.Bodies} bodies, {contents.Repositories} repositories", CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            job.Fault = "The server stopped.";
        }
        catch (CryptographicException fault)
        {
            job.Fault = "The certificate that Ptt:Backup:To names cannot be read.";
            BackupFailed(job.Id, fault);
        }
        catch (Exception fault)
        {
            job.Fault = fault is IOException or UnauthorizedAccessException ? "The archive cannot be written. Is there room, and may the service write there?" : "The backup stopped; the log says why.";
            BackupFailed(job.Id, fault);
        }
        finally
        {
            File.Delete(file + Unfinished);
            job.EndedAt = time.GetUtcNow();
        }
    }

    [LoggerMessage(9501, LogLevel.Error, "Backup {Backup} could not be made")]
    private partial void BackupFailed(string backup, Exception fault);
}
