using System.Security.Claims;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Access;
using Ptt.Web.Configuration;

namespace Ptt.Web.Shell;

/// <summary>A page that the navigation offers to whoever may see it.</summary>
public sealed record OwnPage(string Group, string Name, string Href, string Icon, string Scope);

/// <summary>The pages in the order of the navigation.</summary>
internal sealed class OwnPages(Sessions.SandboxLink sandbox, IConfiguration configuration)
{
    private readonly OwnPage[] _all =
    [
        new("", "Overview", "/", "overview", ""),
        new("", "Alarms", "/alarms", "alarms", Scopes.SystemRead),
        new("", "Your mail", "/account/mail", "send", ""),
        new("Mail", "Queue", "/queue", "queue", Scopes.QueueRead),
        new("Mail", "Messages", "/messages", "messages", Scopes.MessagesRead),
        new("Mail", "Explain", "/explain", "search", Scopes.QueueRead),
        new("Mail", "TLS reports", "/tls-reports", "audit", Scopes.QueueRead),
        new("Mail", "Suppressions", "/suppressions", "block", Scopes.QueueRead),
        new("Mail", "Webhooks", "/webhooks", "hook", Scopes.SystemRead),
        new("Mail", "Sessions", "/sessions", "trace", Scopes.MessagesRead),
        new("Directory", "Users", "/users", "users", Scopes.UsersRead),
        new("Directory", "Domains", "/domains", "domains", Scopes.DomainsRead),
        new("Directory", "Keys", "/keys", "keys", Scopes.KeysRead),
        new("System", "API tokens", "/tokens", "tokens", Scopes.TokensWrite),
        new("System", "Sign-ins", "/sign-ins", "person", Scopes.SystemWrite),
        new("System", "Audit log", "/audit", "audit", Scopes.AuditRead),
        new("System", "Backups", "/backups", "download", Scopes.SystemRead),
        new("System", "Settings", "/settings", "settings", Scopes.SystemRead),
        new("Sandbox", "Inbox", "/sandbox", "inbox", Scopes.MessagesRead),
    ];

    public IEnumerable<OwnPage> For(ClaimsPrincipal user) => _all
        .Where(p => p.Href != "/account/mail" || configuration.Plays(Role.Relay))
        .Where(p => p.Scope.Length == 0 || user.HasClaim(AccessSchemes.ScopeClaim, p.Scope))
        .Where(p => p.Group != "Sandbox" || sandbox.Enabled)
        .Where(p => p.Group != "Mail" || p.Href == "/sessions" || configuration.Plays(Role.Relay))   // the queue is where the relay is, the keys are where the signer is
        .Where(p => p.Href != "/keys" || configuration.Plays(Role.Signer));
}
