using System.ComponentModel;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Api;

// What the API takes, for its description; the bodies are read by UserReader, which finds every fault at once.

internal sealed record UserBody(
    [property: Description("The login name as well")] string Address, string? DisplayName, bool? Enabled, IReadOnlyList<string>? Roles,
    [property: Description("Never shown again")] string? Password, [property: Description("SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, instead of a password")] string? Verifier,
    [property: Description("Addresses and *@domain that may stand in MAIL FROM and From besides the user's own")] IReadOnlyList<string>? SendAs,
    [property: Description("Mail from our users to this address goes there instead")] IReadOnlyList<string>? Targets, LimitsView? Limits);

internal sealed record UserBatch(IReadOnlyList<UserBody> Users);

internal sealed record PasswordBody(string Password);

internal sealed record AppPasswordBody(string Name, DateTimeOffset? Expires, IReadOnlyList<string>? Networks);

internal sealed record DomainBody(string Domain, string? AliasOf, string? Postmaster, LimitsView? Limits);

internal sealed record UserPageView(IReadOnlyList<UserView> Items, string? Next, int Total);

/// <summary><paramref name="Text"/> is the password. It is not kept and not shown again.</summary>
internal sealed record MadeAppPasswordView(AppPasswordView AppPassword, string Text);

internal sealed record DomainView(string Domain, string? AliasOf, string? Postmaster, LimitsView Limits, int Users, string Version)
{
    public static DomainView Of(StoredDomain stored, int users) => new(
        stored.Domain.Domain.ToString(), stored.Domain.AliasOf?.ToString(), stored.Domain.Postmaster?.ToString(), LimitsView.Of(stored.Domain.Limits), users, stored.Version);
}

internal sealed record UsageView(long RecipientsLastHour, long RecipientsLastDay, long NewRecipientsLastDay, long DeliveredLastDay, long UnknownLastDay, LimitsView Limits, string? Held);

internal sealed record ReleasedView(int Messages);
