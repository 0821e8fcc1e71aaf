namespace Ptt.Web.Access;

/// <summary>What a person may be (the <c>roles</c> of a user's file), and the scopes that follow from it.</summary>
public static class PersonRoles
{
    public const string Admin = "admin";

    /// <summary>Everything about users, keys and records, for the domain of the own address only.</summary>
    public const string DomainAdmin = "domain-admin";

    /// <summary>Reads, retries, releases.</summary>
    public const string Support = "support";

    /// <summary>Reads.</summary>
    public const string Auditor = "auditor";

    /// <summary>Own mail and own app passwords: what everybody is who has no other role.</summary>
    public const string Sender = "sender";

    public static readonly IReadOnlyList<string> All = [Admin, DomainAdmin, Support, Auditor, Sender];

    private static readonly string[] Reads =
        [Scopes.UsersRead, Scopes.DomainsRead, Scopes.KeysRead, Scopes.QueueRead, Scopes.MessagesRead, Scopes.SystemRead];

    public static IReadOnlyCollection<string> ScopesOf(IEnumerable<string> roles) => roles.SelectMany(Of).ToHashSet();

    private static IEnumerable<string> Of(string role) => role switch
    {
        Admin => Scopes.All,
        DomainAdmin => [Scopes.UsersRead, Scopes.UsersWrite, Scopes.DomainsRead, Scopes.KeysRead, Scopes.KeysWrite],
        Support => [.. Reads, Scopes.QueueRetry],
        Auditor => [.. Reads, Scopes.AuditRead],
        _ => [],
    };
}
