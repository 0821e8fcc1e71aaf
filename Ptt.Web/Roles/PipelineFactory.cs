using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Signing;
using Ptt.Smtp.Submission;
using Ptt.Web.Links;
using Ptt.Web.Users.Sending;

namespace Ptt.Web.Roles;

/// <summary>
/// The diagram in code: Submission, Signer, Relay, each the next hop of the one before. A role that this process does not play is an
/// <see cref="SmtpHop"/> to the machine that does; no role knows the difference.
/// </summary>
internal sealed class PipelineFactory(IServiceProvider services, IOptions<RoleOptions> options) : IEntrances
{
    private readonly ConcurrentDictionary<Role, Lazy<INextHop>> _entrances = new();

    public INextHop For(Role role) => options.Value.Plays(role)
        ? _entrances.GetOrAdd(role, r => new Lazy<INextHop>(() => Make(r))).Value
        : throw new InvalidOperationException($"This process does not play {role}.");

    private INextHop Make(Role role) => role switch
    {
        Role.Submission => new RevocableHop(
            new SubmissionHop(After(role, Role.Signer), Get<IAliases>(), Get<ISendingLimits>(), Get<IOptionsMonitor<SubmissionOptions>>(), Get<TimeProvider>()),
            Get<IAuthenticator>(), Get<SubmissionsUnderWay>()),
        Role.Signer => new SigningHop(After(role, Role.Relay), Get<ISigningKeys>(), Get<DkimSigner>(), Get<ILogger<SigningHop>>(), services.GetService<ArcForwarding>()),
        Role.Relay => Get<SpoolingHop>(),
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    private INextHop After(Role role, Role next) => options.Value.Plays(next) ? For(next) : Remote(options.Value.NextHopOf(role));

    private LinkHop Remote(string nextHop)
    {
        RoleOptionsValidator.TrySplit(nextHop, out string host, out int port);
        return new LinkHop(host, port, Get<LinkCertificates>(), Get<SessionPool>(), Get<SystemNames>());
    }

    private T Get<T>() where T : notnull => services.GetRequiredService<T>();
}
