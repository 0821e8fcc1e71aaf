using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Web.Alarms;

namespace Ptt.Web.Users;

/// <summary>Brings the users into force at start, looks for the commits of others, and carries out what logins left to do.</summary>
internal sealed partial class UserWorker(
    UserStore store, UserService users, CredentialUpgrades upgrades, IOptionsMonitor<UsersOptions> options, IAlarms alarms, TimeProvider time, ILogger<UserWorker> logger)
    : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await store.StartAsync(cancellationToken);   // before any listener opens
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(PollAsync(stoppingToken), UpgradeAsync(stoppingToken));

    private async Task PollAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(options.CurrentValue.PollInterval, time, stoppingToken);
                await store.SyncAsync(stoppingToken);
                alarms.Clear("git.unusable");
            }
            catch (Exception fault) when (fault is GitException or IOException or Microsoft.Data.Sqlite.SqliteException)
            {
                alarms.Raise("git.unusable", AlarmSeverity.Critical, "The users' repository cannot be used; logins go on from memory. " + fault.Message, "/users/sync");
                SyncFaulted(fault);
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
                SyncFaulted(fault);   // the next login brings it again
            }
        }
    }

    [LoggerMessage(3331, LogLevel.Error, "The users' repository cannot be used")]
    private partial void SyncFaulted(Exception fault);
}
