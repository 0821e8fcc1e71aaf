using System.Collections.Concurrent;
using System.Security.Claims;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Import;

/// <summary>
/// Files of users: read and shown first, then, when somebody says so, carried out some hundred rows a commit. A row is put over what
/// the user has at that moment.
/// </summary>
public sealed partial class UserImports
{
    private const int MaxKept = 20;
    private const int Together = 500;

    private static readonly TimeSpan KeepFor = TimeSpan.FromHours(6);

    private readonly UserStore _store;
    private readonly UserDirectory _directory;
    private readonly UserService _users;
    private readonly IAuditLog _audit;
    private readonly TimeProvider _time;
    private readonly ILogger<UserImports> _logger;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly ConcurrentDictionary<string, ImportJob> _jobs = new(StringComparer.Ordinal);

    internal UserImports(UserStore store, UserDirectory directory, UserService users, IAuditLog audit, TimeProvider time, ILogger<UserImports> logger, IHostApplicationLifetime? lifetime)
    {
        (_store, _directory, _users, _audit, _time, _logger, _lifetime) = (store, directory, users, audit, time, logger, lifetime);
    }

    /// <summary>Looks at a file; nothing changes yet.</summary>
    public ImportJob Prepare(string text, ClaimsPrincipal caller)
    {
        ImportPlan plan = ImportPlan.Read(text, _directory.Now, caller, p => _users.PasswordFaults(p, "") is [{ } fault, ..] ? fault.Detail : null);
        var job = new ImportJob(Guid.NewGuid().ToString("N"), caller.ActorName(), plan, _time.GetUtcNow());
        foreach (ImportJob old in _jobs.Values.OrderBy(j => j.At).Where(j => (!j.IsBegun || j.EndedAt is not null) && (_jobs.Count >= MaxKept || j.At + KeepFor < _time.GetUtcNow())))
        {
            _jobs.TryRemove(old.Id, out _);
        }

        _jobs[job.Id] = job;
        return job;
    }

    public ImportJob? Find(string id, string by) => _jobs.TryGetValue(id, out ImportJob? job) && job.By == by ? job : null;

    /// <summary>Begins to carry it out, once; it goes on when nobody looks.</summary>
    public Task StartAsync(ImportJob job) => job.TryBegin() ? Task.Run(() => RunAsync(job, _lifetime?.ApplicationStopping ?? default)) : Task.CompletedTask;

    private async Task RunAsync(ImportJob job, CancellationToken stoppingToken)
    {
        try
        {
            foreach (ImportRow[] rows in job.Plan.Wanted.Chunk(Together))
            {
                await WriteAsync(job, rows, stoppingToken);
                job.Add(rows.Length);
            }
        }
        catch (OperationCanceledException)
        {
            job.Fault = "The server stopped.";
        }
        catch (Exception fault)
        {
            ImportFaulted(job.Id, fault);
            job.Fault = "The users' repository cannot be written now.";
        }
        finally
        {
            job.EndedAt = _time.GetUtcNow();
        }
    }

    private async Task WriteAsync(ImportJob job, ImportRow[] rows, CancellationToken stoppingToken)
    {
        var verifiers = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(rows.Where(r => r.Cells.ContainsKey("password")), stoppingToken, async (row, stop) =>
            verifiers[row.Address] = await _users.MakeVerifierAsync(row.Cells["password"], stop));
        User[] written = [];
        await _store.WriteAsync(job.By, now =>
        {
            List<User> users = [];
            foreach (ImportRow row in rows)
            {
                Ptt.Mail.Mailbox address = Ptt.Mail.Mailbox.Parse(row.Address);
                User there = now.Users.GetValueOrDefault(row.Address)?.User ?? new User { Address = address };
                if (now.Domains.ContainsKey(address.Domain) && ImportPlan.Apply(there, row.Cells, []) is { } user)
                {
                    users.Add(user with { Verifier = verifiers.GetValueOrDefault(row.Address) ?? there.Verifier });
                }
            }

            written = [.. users];
            return new WritePlan($"Import {written.Length} users") { Users = written };
        }, stoppingToken);
        await _audit.RecordAsync(job.By, "user.import", $"{written.Length} users", string.Join(' ', written.Select(u => u.Address)), CancellationToken.None);
    }

    [LoggerMessage(3351, LogLevel.Error, "Import {Job} stopped")]
    private partial void ImportFaulted(string job, Exception fault);
}
