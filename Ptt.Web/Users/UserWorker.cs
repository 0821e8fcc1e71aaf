using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Web.Alarms;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Credentials;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sending;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users;

/// <summary>Brings the users into force at start, looks for the commits of others, and carries out what logins left to do.</summary>
internal sealed partial class UserWorker(
    UserStore store, UserService users, Denials denials, UserRevocation revocation, SyncBell bell, SendingCounts counts, UnknownRecipients unknown, AppPasswordUse use, CredentialUpgrades upgrades, IOptionsMonitor<UsersOptions> options, IAlarms alarms, TimeProvider time, ILogger<UserWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await denials.LoadAsync(cancellationToken);
        await counts.LoadAsync(cancellationToken);
        await use.LoadAsync(cancellationToken);
        await store.StartAsync(cancellationToken);   // before any listener opens
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(PollAsync(stoppingToken), UpgradeAsync(stoppingToken), HoldAsync(stoppingToken), SaveAsync(stoppingToken));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SaveOnceAsync();
    }

    private async Task SaveAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(SaveEvery, time, stoppingToken);
            await SaveOnceAsync();
        }
    }

    private async Task SaveOnceAsync()
    {
        try
        {
            await counts.SaveAsync(CancellationToken.None);
            await use.SaveAsync();
        }
        catch (Exception fault) when (fault is Microsoft.Data.Sqlite.SqliteException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            CountsNotSaved(fault);
        }
    }

    private async Task PollAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await store.SyncAsync(stoppingToken);
                await revocation.FinishAsync(stoppingToken);
                await store.PackAsync(stoppingToken);
                alarms.Clear("git.unusable");
            }
            catch (Exception fault) when (fault is GitException or IOException or Microsoft.Data.Sqlite.SqliteException or System.ComponentModel.Win32Exception)
            {
                alarms.Raise("git.unusable", AlarmSeverity.Critical, $"The users' repository cannot be used; logins go on from memory. {fault.Message}", "/users/sync");
                SyncFaulted(fault);
            }

            await bell.WaitAsync(options.CurrentValue.PollInterval, time, stoppingToken);
        }
    }

    private async Task HoldAsync(CancellationToken stoppingToken)
    {
        await foreach ((Mailbox login, string reason) in unknown.Due.ReadAllAsync(stoppingToken))
        {
            try
            {
                await revocation.HoldMailAsync(login, reason, stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                QueueNotHeld(login.ToString(), fault);   // what it sends from now on is held all the same
            }
        }
    }

    private async Task UpgradeAsync(CancellationToken stoppingToken)
    {
        await foreach ((Mailbox address, string old, string verifier) in upgrades.Due.ReadAllAsync(stoppingToken))
        {
            try
            {
                await users.UpdateAsync(address, Http.Precondition.Any, "ptt", "user.upgrade",
                    user => (user.Verifier == old ? user with { Verifier = verifier } : user, []), stoppingToken);
            }
            catch (Exception fault) when (fault is GitException or IOException or Microsoft.Data.Sqlite.SqliteException)
            {
                SyncFaulted(fault);
            }
            finally
            {
                upgrades.Ended(address, old);
            }
        }
    }

    [LoggerMessage(3332, LogLevel.Warning, "What users sent could not be written down; it is counted in memory")]
    private partial void CountsNotSaved(Exception fault);

    [LoggerMessage(3333, LogLevel.Error, "What the queue has of {Login} could not be held")]
    private partial void QueueNotHeld(string login, Exception fault);

    [LoggerMessage(3331, LogLevel.Error, "The users' repository cannot be used")]
    private partial void SyncFaulted(Exception fault);
}
