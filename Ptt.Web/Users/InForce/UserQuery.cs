using Ptt.Dns;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.InForce;

/// <summary>What to list. What is null is not asked; <paramref name="Search"/> is looked for in address and display name.</summary>
public sealed record UserQuery(
    string? Search = null, IReadOnlyList<DomainName>? Domains = null, bool? Enabled = null, string? Role = null,
    UserSort Sort = UserSort.Address, bool Descending = false, string? Cursor = null, int Limit = 50);

public enum UserSort
{
    Address,
    DisplayName,
    Changed,
}

/// <summary>One page; <paramref name="Next"/> is the cursor of the one after it, <paramref name="Total"/> what the filter finds in all.</summary>
public sealed record UserPage(IReadOnlyList<StoredUser> Items, string? Next, int Total);

/// <summary>Addresses in the order asked for; <paramref name="Total"/> counts what the filter finds in all.</summary>
internal sealed record FoundUsers(IReadOnlyList<string> Addresses, string? Next, int Total);
