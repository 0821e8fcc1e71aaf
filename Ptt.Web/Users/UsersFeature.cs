using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Submission;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Formats;
using Ptt.Web.Users.Api;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Credentials;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.Import;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Scim;
using Ptt.Web.Users.Sending;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users;

/// <summary>
/// Who may send: users and domains, of which git is the truth, the SQLite cache a shadow, and memory what is asked. Other rooms
/// ask <see cref="IAuthenticator"/>, <see cref="IAliases"/>, <see cref="ISendingLimits"/> and <see cref="IOwnDomains"/>.
/// </summary>
internal static class UsersFeature
{
    public static WebApplicationBuilder AddUsers(this WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        builder.AddSection<UsersOptions>(UsersOptions.Section);
        if (!builder.Plays(Role.Submission))
        {
            return builder;
        }

        services.AddMetrics();
        services.AddDbContextFactory<UserCacheDb>((s, o) => o.UseSqlite($"Data Source={s.GetRequiredService<DataDirectory>().File(UserCache.FileName)}"));
        services.AddSingleton(s => new GitCommand(
            RepositoryPath(s.GetRequiredService<IOptions<UsersOptions>>().Value, s.GetRequiredService<DataDirectory>()), s.GetRequiredService<IOptions<UsersOptions>>().Value.GitTimeout));
        services.AddSingleton(s => new UserGit(s.GetRequiredService<GitCommand>(), "ptt@" + Host(s.GetRequiredService<IOptions<PttOptions>>().Value)));
        services.AddSingleton<UserCache>();
        services.AddSingleton<UserSearch>();
        services.AddSingleton<ScimSearch>();
        services.AddSingleton<UserDirectory>();
        services.AddSingleton<IOwnDomains>(s => s.GetRequiredService<UserDirectory>());
        services.AddSingleton<IPeople, UserPeople>();
        services.AddSingleton<IValidateOptions<UsersOptions>, UsersOptionsValidator>();
        services.AddSingleton<UserRemote>();
        services.AddSingleton<WriteSteps>();
        services.AddSingleton<CommitSignatures>();
        services.AddSingleton<SyncStatus>();
        services.AddSingleton<OwnCommits>();
        services.AddSingleton<UserIncoming>();
        services.AddSingleton<UsersInForce>();
        services.AddSingleton<UserSync>();
        services.AddSingleton<UserStore>();
        services.AddStore(UsersStateDb.Format, UsersStateDb.FileName);
        services.AddDbContextFactory<UsersStateDb>((s, o) => o.UseSqlite(UsersStateDb.ConnectionString(s.GetRequiredService<DataDirectory>())));
        services.AddSingleton<Denials>();
        services.AddSingleton<SubmissionsUnderWay>();
        services.AddSingleton(s => new UserRevocation(
            s.GetRequiredService<Denials>(), s.GetRequiredService<UserDirectory>(), s.GetRequiredService<UserStore>(), s.GetRequiredService<SubmissionsUnderWay>(),
            s.GetService<IQueuedMail>()));
        services.AddSingleton(s => new UserService(
            s.GetRequiredService<UserStore>(), s.GetRequiredService<UserSearch>(), s.GetRequiredService<UserDirectory>(),
            s.GetRequiredService<UserRevocation>(), s.GetRequiredService<IAuditLog>(), s.GetRequiredService<IOptionsMonitor<UsersOptions>>()));
        services.AddSingleton(s => new UserCredentials(
            s.GetRequiredService<UserService>(), s.GetRequiredService<UserDirectory>(), s.GetRequiredService<UserRevocation>(), s.GetRequiredService<AppPasswordUse>()));
        services.AddSingleton(s => new UserHistory(s.GetRequiredService<UserGit>(), s.GetRequiredService<UserDirectory>(), s.GetRequiredService<UserService>()));
        services.AddSingleton(s => new UserSending(
            s.GetRequiredService<UserDirectory>(), s.GetRequiredService<UserRevocation>(), s.GetRequiredService<SendingCounts>(), s.GetRequiredService<IAuditLog>(),
            s.GetRequiredService<IAlarms>(), s.GetRequiredService<IOptionsMonitor<UsersOptions>>()));
        services.AddSingleton(s => new DomainService(s.GetRequiredService<UserStore>(), s.GetRequiredService<UserDirectory>(), s.GetRequiredService<IAuditLog>()));
        services.AddSingleton(s => new UserBootstrap(s.GetRequiredService<UserStore>(), s.GetRequiredService<IAuditLog>()));
        services.AddSingleton(s => new UserImports(
            s.GetRequiredService<UserStore>(), s.GetRequiredService<UserDirectory>(), s.GetRequiredService<UserService>(), s.GetRequiredService<IAuditLog>(), s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<UserImports>>(), s.GetService<IHostApplicationLifetime>()));
        services.AddSingleton<StableSecret>();
        services.AddSingleton<LoginThrottle>();
        services.AddSingleton<VerifiedCredentials>();
        services.AddSingleton<CredentialUpgrades>();
        services.AddSingleton<AppPasswordUse>();
        services.AddSingleton<SendingCounts>();
        services.AddSingleton<UnknownRecipients>();
        services.AddSingleton<IRecipientResults>(s => s.GetRequiredService<UnknownRecipients>());
        services.AddSingleton<IAuthenticator, UserAuthenticator>();
        services.AddSingleton<IAliases, Aliases>();
        services.AddSingleton<ISendingLimits, SendingLimits>();
        services.AddSingleton<IDependency, UsersDependency>();
        services.AddSingleton<ICheck, UsersCheck>();
        services.AddSingleton<SyncBell>();
        services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, ScimProblemWriter>());   // asked before the one for everything else
        services.AddHostedService<UserWorker>();
        return builder;
    }

    public static WebApplication MapUsers(this WebApplication app)
    {
        if (!app.Plays(Role.Submission))
        {
            return app;
        }

        app.MapUsersApi();
        app.MapGitApi();
        app.MapScim();
        app.MapDomainsApi();
        return app;
    }

    private static string RepositoryPath(UsersOptions options, DataDirectory data) =>
        options.Repository.Length > 0 && !options.Repository.Contains("://", StringComparison.Ordinal) ? Path.GetFullPath(options.Repository) : data.Folder("users.git");

    private static string Host(PttOptions options) => options.Hostname.Length > 0 ? options.Hostname : Environment.MachineName;
}
