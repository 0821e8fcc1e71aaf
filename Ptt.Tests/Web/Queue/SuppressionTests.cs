using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Suppressions;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Tests.Web.Queue;

public sealed class SuppressionTests : IAsyncLifetime
{
    private static readonly Mailbox Bob = Mailbox.Parse("bob@one.test");

    private ApiHost _host = null!;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync(b => b.AddQueue(), a => a.MapQueue());

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("550 5.1.1 No such user", true)]
    [InlineData("550 5.1.2 No such domain", true)]
    [InlineData("550 5.2.1 Disabled", true)]
    [InlineData("550 5.7.1 Your address is listed", false)]   // about us, not about them
    [InlineData("552 5.3.4 Too large", false)]
    [InlineData("552 5.2.2 Mailbox full", false)]
    [InlineData("550 No such user, but who knows", false)]
    public async Task What_a_host_says_of_an_address_decides_whether_one_refusal_is_enough(string reply, bool suppressed)
    {
        await FailAsync(reply);

        Assert.Equal(suppressed, List.ReasonFor(Bob) is not null);
    }

    [Theory]
    [InlineData("552 5.2.2 Mailbox full", 40, true)]
    [InlineData("552 5.2.2 Mailbox full", 20, false)]   // three times, but not over three days
    [InlineData("550 5.7.1 Policy", 40, false)]
    public async Task Three_failures_over_three_days_are_enough(string reply, int hoursBetween, bool suppressed)
    {
        for (int i = 0; i < 3; i++)
        {
            await FailAsync(reply);
            _host.Time.JumpTo(_host.Time.GetUtcNow().AddHours(hoursBetween));
        }

        Assert.Equal(suppressed, List.ReasonFor(Bob) is not null);
    }

    [Fact]
    public async Task A_delivery_between_forgives()
    {
        await FailAsync("552 5.2.2 Mailbox full");
        _host.Time.JumpTo(_host.Time.GetUtcNow().AddHours(40));
        await FailAsync("552 5.2.2 Mailbox full");
        await SettleAsync(d => Mails.Delivered(d));
        _host.Time.JumpTo(_host.Time.GetUtcNow().AddHours(40));
        await FailAsync("552 5.2.2 Mailbox full");

        Assert.Null(List.ReasonFor(Bob));
    }

    [Fact]
    public async Task A_learned_suppression_expires_and_one_by_hand_does_not()
    {
        await FailAsync("550 5.1.1 No such user");
        await _host.Client().PostAsJsonAsync("/api/v1/suppressions", new { address = "Eve@one.test", reason = "asked for it" });
        _host.Time.JumpTo(_host.Time.GetUtcNow().AddDays(31));

        Assert.Null(List.ReasonFor(Bob));
        Assert.Equal("asked for it", List.ReasonFor(Mailbox.Parse("eve@ONE.test")));
    }

    [Fact]
    public async Task Suppressions_are_listed_added_and_removed()
    {
        HttpClient client = _host.Client();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await client.PostAsJsonAsync("/api/v1/suppressions", new { address = "nobody" })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsJsonAsync("/api/v1/suppressions", new { address = "b@one.test", origin = "complaint" })).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await client.PostAsJsonAsync("/api/v1/suppressions", new { address = "a@one.test" })).StatusCode);

        JsonElement first = await client.GetFromJsonAsync<JsonElement>("/api/v1/suppressions?limit=1");
        Assert.Equal("a@one.test", first.GetProperty("items")[0].GetProperty("address").GetString());
        JsonElement second = await client.GetFromJsonAsync<JsonElement>("/api/v1/suppressions?limit=1&cursor=" + first.GetProperty("next").GetString());
        Assert.Equal("b@one.test", second.GetProperty("items")[0].GetProperty("address").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/v1/suppressions/b@one.test")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/v1/suppressions/b@one.test")).StatusCode);
    }

    [Fact]
    public async Task A_suppressed_recipient_is_told_as_such_in_the_trace()
    {
        var words = new Reply(550, new(7, 1), ISuppressions.NotSent + "asked for it");
        await SettleAsync(d => Mails.Settled(d, _ => new RecipientOutcome.Failed(words)));

        TracePage page = await _host.Services.GetRequiredService<TraceService>().SearchAsync(new TraceFilter { State = "suppressed" }, null, 10, default);
        Assert.Equal("550 5.7.1 Not sent: asked for it", Assert.Single(page.Items).Recipients[0].Reply);
    }

    private SuppressionList List => _host.Services.GetRequiredService<SuppressionList>();

    private Task FailAsync(string reply)
    {
        string[] words = reply.Split(' ', 3);
        string[] status = words[1].Split('.');
        Reply said = status.Length == 3
            ? new Reply(550, new(int.Parse(status[1]), int.Parse(status[2])), words[2])
            : new Reply(550, null, reply[4..]);
        return SettleAsync(d => Mails.Settled(d, _ => new RecipientOutcome.Failed(said)));
    }

    private async Task SettleAsync(Func<Delivery, Settlement> settle)
    {
        ISpool spool = _host.Services.GetRequiredService<ISpool>();
        await spool.AddAsync(Mails.Envelope("bob@one.test"), Mails.Content(), default);
        await spool.SettleAsync([settle(Assert.Single(await spool.LeaseAsync(new LeaseRequest(10, _ => 10), default)))], default);
        await _host.Services.GetRequiredService<Narrator>().CatchUpAsync(default);
    }
}
