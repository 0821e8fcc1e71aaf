using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Web.Alarms;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Browser;

/// <summary>What the pages show in the tests: ordinary things, and things that someone made to break pages.</summary>
internal static class World
{
    /// <summary>Markup, script, text that turns the line around, control characters, and length.</summary>
    public static readonly string[] Hostile =
    [
        "<script>document.title='pwned'</script>", "\"><img src=x onerror=\"document.title='pwned'\">", "'; alert(1); //", "</title></textarea></pre><svg onload=alert(1)>",
        "invoice\u202Egpj.exe", "a\u0000b\u0007c\u001b[31mred", "zero\u200Bwidth\uFEFF", "{{constructor.constructor('alert(1)')()}}", "=HYPERLINK(\"http://evil.example\")",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧‍👦 مرحبا שלום", new string('W', 150),
    ];

    public static async Task FillAsync(IServiceProvider services)
    {
        await services.GetRequiredService<UserBootstrap>().EnsureAsync("ada@example.test", "sandbox", ["admin"], CancellationToken.None);
        var users = services.GetRequiredService<UserService>();
        var made = new List<NewUser>();
        for (int i = 1; i <= 60; i++)
        {
            made.Add(new NewUser(new User { Address = Mailbox.Parse($"user{i:00}@example.test"), DisplayName = $"User number {i}", Enabled = i % 7 != 0, Roles = i % 20 == 0 ? ["support"] : [] }));
        }

        // The users' room refuses control characters in names; what it takes is shown, the rest comes through mail and replies.
        foreach ((int i, string text) in Hostile.Index().Where(h => !h.Item.Any(char.IsControl)))
        {
            made.Add(new NewUser(new User { Address = Mailbox.Parse($"hostile{i:00}@example.test"), DisplayName = text }));
        }

        Change<IReadOnlyList<StoredUser>> change = await users.CreateManyAsync(made, "ada@example.test", CancellationToken.None);
        Assert.IsType<Change<IReadOnlyList<StoredUser>>.Done>(change);

        var alarms = services.GetRequiredService<IAlarms>();
        alarms.Raise("keys.vanished:example.test", AlarmSeverity.Critical, "The DKIM record of selector ptt2026a has vanished from DNS: receivers can no longer check our signatures.", "/keys/example.test");
        alarms.Raise("destination.blocking:example.net", AlarmSeverity.Warning, "example.net refuses our mail since an hour: 550 5.7.1 " + Hostile[0], "/queue?destination=example.net");
        alarms.Raise("certificate.ending", AlarmSeverity.Notice, "The certificate ends in 20 days.");
    }
}
