using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;

namespace Ptt.Web.Users.Scim;

/// <summary>Searching users (RFC 7644 §3.4.2): the cache finds them, the filter has the last word where the cache cannot tell.</summary>
internal sealed class ScimSearch(UserDirectory directory, UserSearch search)
{
    /// <summary>One page of resources, and how many there are in all; or what is wrong with the question.</summary>
    public async Task<(IReadOnlyList<JsonObject> Resources, int Total, int Start, ScimError? Error)> ListAsync(ClaimsPrincipal caller, ScimQuestion question, CancellationToken cancellationToken)
    {
        ScimFilter? filter = null;
        if (!string.IsNullOrWhiteSpace(question.Filter) && !ScimFilterParser.TryParse(question.Filter, out filter))
        {
            return ([], 0, 1, ScimError.Invalid("invalidFilter", "The filter cannot be read"));   // never an empty list
        }

        ScimAttribute? by = string.IsNullOrWhiteSpace(question.SortBy) ? null : ScimAttribute.Parse(question.SortBy);
        if (!Number(question.StartIndex, 1, out int start) || !Number(question.Count, 100, out int count) || (by is null && !string.IsNullOrWhiteSpace(question.SortBy)))
        {
            return ([], 0, 1, ScimError.Invalid("invalidValue", "startIndex and count must be numbers, and sortBy an attribute"));
        }

        // §3.4.2.4: less than 1 is 1, less than 0 is 0.
        (start, count) = (Math.Max(1, start), Math.Clamp(count, 0, ScimSchemas.MaxResults));
        bool down = "descending".Equals(question.SortOrder, StringComparison.OrdinalIgnoreCase);
        bool byAddress = by is null || (by.Is("userName") && !down);
        ScimSql sql = ScimSql.For(filter);
        (int, int)? page = sql.IsExact && byAddress ? (start - 1, count) : null;
        (IReadOnlyList<string> addresses, int total) = await search.WhereAsync($"ScimDeleted = 0 AND ({sql.Condition})", sql.Values, caller.BoundTo(), page, cancellationToken);
        UserSnapshot now = directory.Now;
        IEnumerable<StoredUser> found = addresses.Select(now.Users.GetValueOrDefault).OfType<StoredUser>();
        if (page is null)
        {
            StoredUser[] all = [.. sql.IsExact ? found : found.Where(u => filter!.Matches(ScimMapping.ToResource(u)))];
            total = all.Length;
            IEnumerable<StoredUser> sorted = byAddress ? all : down ? all.OrderByDescending(u => Key(by!, u), StringComparer.OrdinalIgnoreCase) : all.OrderBy(u => Key(by!, u), StringComparer.OrdinalIgnoreCase);
            found = sorted.Skip(start - 1).Take(count);
        }

        return ([.. found.Select(u => ScimMapping.Trim(ScimMapping.ToResource(u), question.Attributes, question.ExcludedAttributes))], total, start, null);
    }

    /// <summary>The user of an id, where the caller may see it.</summary>
    public async Task<StoredUser?> FindAsync(ClaimsPrincipal caller, string id, CancellationToken cancellationToken)
    {
        StoredUser? stored = Addresses.TryCanonical(id, out Mailbox? address) && directory.Find(address) is { } direct && ScimFacts.IdOf(direct.User) == id
            ? direct : await MovedAsync(id, cancellationToken);
        return stored is not null && !ScimFacts.IsDeleted(stored.User) && caller.MayActOn(stored.User.Address.Domain) ? stored : null;
    }

    /// <summary>The user, perhaps a deleted one, who has this id though it is not the address.</summary>
    public async Task<StoredUser?> MovedAsync(string id, CancellationToken cancellationToken)
    {
        (IReadOnlyList<string> found, _) = await search.WhereAsync("ScimId <> Address AND ScimId = $v0", [id], null, null, cancellationToken);
        return found.Select(directory.Now.Users.GetValueOrDefault).FirstOrDefault(u => u is not null);
    }

    // What lies at hand is not read from a resource made for it.
    private static string Key(ScimAttribute by, StoredUser stored)
    {
        User user = stored.User;
        if (by.Is("userName") || by.Is("displayName"))
        {
            return by.Is("userName") ? user.Address.ToString() : user.DisplayName ?? "";
        }

        JsonNode? value = by.Values(ScimMapping.ToResource(stored)).FirstOrDefault();
        return (value is JsonObject element ? element["value"] : value)?.ToString() ?? "";
    }

    private static bool Number(string? text, int missing, out int number)
    {
        number = missing;
        return string.IsNullOrWhiteSpace(text) || int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}

/// <summary>The query of RFC 7644 §3.4.2, as texts.</summary>
internal sealed record ScimQuestion(string? Filter, string? SortBy, string? SortOrder, string? StartIndex, string? Count, string? Attributes, string? ExcludedAttributes);
