using System.ComponentModel;
using System.Text.Json;
using Ptt.Web.Access.Factors;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.Api;

namespace Ptt.Web.Shell.Account;

/// <summary><paramref name="MustAddFactor"/>: the roles wait until a second factor is added.</summary>
internal sealed record AccountView(
    string Person, IReadOnlyList<string> Roles, IReadOnlyList<string> Scopes, bool MustAddFactor, IReadOnlyList<Factor> Factors, int RecoveryCodesLeft,
    IReadOnlyList<SessionView> Sessions, IReadOnlyList<AppPasswordView> AppPasswords);

/// <summary>A browser that is signed in. <paramref name="How"/> is password, password+code, password+recovery-code, passkey, openid or link.</summary>
internal sealed record SessionView(string Id, string Person, string How, string? Client, string? Browser, DateTimeOffset Since, DateTimeOffset LastSeen, bool Current)
{
    public static SessionView Of(Session session, bool current) =>
        new(session.Id, session.Person, session.How, session.Client, session.UserAgent, session.CreatedAt, session.LastSeenAt, current);
}

internal sealed record OwnPasswords(string? Now, string? Next);

internal sealed record OwnAppPassword([property: Description("What it is for")] string? Name, DateTimeOffset? Expires);

internal sealed record OwnProof(string? Password);

internal sealed record NewTotp([property: Description("What the offer held as sealed")] string? Sealed, string? Code, string? Name, string? Password);

internal sealed record NewPasskey(JsonElement? Credential, string? Name, string? Password);

internal sealed record RecoveryCodes(IReadOnlyList<string> Codes);
