using System.Text.Json;
using Ptt.Dns;
using Ptt.Mail;

namespace Ptt.Web.Users.Files;

/// <summary>A domain of ours, as <c>domains/&lt;domain&gt;.json</c> says.</summary>
public sealed record OwnDomain
{
    public required DomainName Domain { get; init; }

    /// <summary>Every address here is the same local part there.</summary>
    public DomainName? AliasOf { get; init; }

    /// <summary>Who reads postmaster@ and abuse@ where no user has that name (RFC 5321 §4.5.1, RFC 2142 §5); null: the administrators.</summary>
    public Mailbox? Postmaster { get; init; }

    /// <summary>For users of the domain that have no limit of their own.</summary>
    public UserLimits Limits { get; init; } = UserLimits.None;

    public IReadOnlyList<KeyValuePair<string, JsonElement>> Others { get; init; } = [];
}
