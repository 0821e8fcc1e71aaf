using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;

namespace Ptt.Tests.Browser;

/// <summary>Whatever a button takes away can be taken back by another, or is confirmed by typing. Every action of <c>docs/admin.md</c> has its line here.</summary>
[Collection(BrowserCollection.Name)]
public sealed class DestructiveActsTests(BrowserFixture fixture)
{
    private static readonly string[] Typed =
    [
        "/queue/verb/bounce", "/queue/verb/drop", "/queue/bulk", "/webhooks/remove", "/users/delete", "/users/app-password/revoke", "/users/sync/accept", "/keys/revoke", "/tokens/revoke",
        "/sign-ins/factors/clear", "/account/app-password/revoke", "/sandbox/clear", "/backups/remove",
    ];

    // The own password is typed: it also says who it is that asks.
    private static readonly string[] WithPassword = ["/account/factors/remove", "/account/passkeys/add"];

    private static readonly (string Act, string Back)[] Undone =
    [
        ("/alarms/acknowledge", "/alarms/unacknowledge"), ("/alarms/silence", "/alarms/unsilence"), ("/queue/verb/hold", "/queue/verb/release"), ("/queue/destinations/pause", "/queue/destinations/resume"),
        ("/suppressions/add", "/suppressions/remove"), ("/users/disable", "/users/enable"), ("/users/revert", "/users/revert"), ("/users/import/start", "/users/revert"), ("/queue/verb/reroute", "/queue/verb/reroute"),
        ("/webhooks/change", "/webhooks/change"),
    ];

    private static readonly Dictionary<string, string> TakesNothing = new()
    {
        ["/queue/verb/retry"] = "hurries", ["/webhooks/test"] = "adds", ["/webhooks/replay"] = "hurries", ["/webhooks/rotate"] = "the old secret signs beside the new one for a day",
        ["/users/release"] = "lets go", ["/users/import/file"] = "shows only", ["/users/sync/now"] = "looks", ["/domains/add"] = "adds", ["/domains/check"] = "looks",
        ["/domains/apply"] = "adds, and changes only what we wrote ourselves, while the zone still says what was shown", ["/keys/rotate"] = "the old key stays in DNS until its mail has arrived",
        ["/keys/check"] = "looks", ["/sign-ins/end"] = "one signs in again", ["/account/sessions/end"] = "one signs in again", ["/account/sessions/others"] = "one signs in again",
        ["/sign-out"] = "one signs in again", ["/sign-in/passkey"] = "opens", ["/backups/make"] = "adds",
    };

    [Fact]
    public void Every_action_says_how_it_is_taken_back() => Assert.Equal(
        AdminInventoryTests.Actions.Order(StringComparer.Ordinal),
        Typed.Concat(WithPassword).Concat(TakesNothing.Keys).Concat(Undone.SelectMany(u => new[] { u.Act, u.Back })).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void What_cannot_be_taken_back_is_asked_for_by_typing_and_refused_without()
    {
        string[] pages = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "Ptt.Web"), "*.razor", SearchOption.AllDirectories).Select(File.ReadAllText)];
        foreach (string act in Typed.Except(["/queue/bulk"]))   // a form of its own: QueueButtonTests types there
        {
            string[] buttons = [.. pages.SelectMany(p => p.Split("<Verb ")[1..]).Where(b => b.StartsWith($"Action=\"{act}\"", StringComparison.Ordinal)).Select(b => b.Split("</Verb>")[0])];
            Assert.NotEmpty(buttons);
            Assert.All(buttons, b => Assert.Matches("Confirm=\"[^\"]+\"", b));
        }

        foreach (RouteEndpoint endpoint in Acts(Typed.Except(["/queue/bulk"])))
        {
            Assert.Contains(endpoint.Metadata.GetMetadata<MethodInfo>()!.GetParameters(), p => p.Name == "typed");
        }

        foreach (RouteEndpoint endpoint in Acts(WithPassword))
        {
            Assert.Contains(endpoint.Metadata.GetMetadata<MethodInfo>()!.GetParameters(), p => p.Name == "password");
        }
    }

    private RouteEndpoint[] Acts(IEnumerable<string> acts)
    {
        RouteEndpoint[] found = [.. fixture.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => acts.Contains("/" + e.RoutePattern.RawText!.TrimStart('/')))];
        Assert.Equal(acts.Count(), found.Length);
        return found;
    }
}
