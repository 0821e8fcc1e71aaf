namespace Ptt.Web.Access;

/// <summary>
/// What a caller may do. Each is also the name of an authorization policy: <c>.RequireAuthorization(Scopes.UsersRead)</c>. A token
/// carries scopes; a signed-in person has those of their roles.
/// </summary>
public static class Scopes
{
    public const string UsersRead = "users:read";
    public const string UsersWrite = "users:write";
    public const string DomainsRead = "domains:read";
    public const string DomainsWrite = "domains:write";
    public const string KeysRead = "keys:read";
    public const string KeysWrite = "keys:write";
    public const string QueueRead = "queue:read";
    /// <summary>Retry and release, no more; part of <see cref="QueueWrite"/>.</summary>
    public const string QueueRetry = "queue:retry";

    public const string QueueWrite = "queue:write";
    public const string MessagesRead = "messages:read";
    public const string TokensWrite = "tokens:write";
    public const string AuditRead = "audit:read";
    public const string SystemRead = "system:read";
    public const string SystemWrite = "system:write";

    public static readonly IReadOnlyList<string> All =
    [
        UsersRead, UsersWrite, DomainsRead, DomainsWrite, KeysRead, KeysWrite, QueueRead, QueueRetry, QueueWrite, MessagesRead,
        TokensWrite, AuditRead, SystemRead, SystemWrite,
    ];
}
