using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Tests.Web.Queue;

public sealed class QueueApiTests : IAsyncLifetime
{
    private ApiHost _host = null!;
    private HttpClient _client = null!;
    private ISpool _spool = null!;

    public async Task InitializeAsync()
    {
        _host = await ApiHost.StartAsync(b => b.AddQueue(), a => a.MapQueue());
        _client = _host.Client();
        _spool = _host.Services.GetRequiredService<ISpool>();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Nobody_reads_the_queue_without_a_token() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await _host.Client("").GetAsync("/api/v1/queue")).StatusCode);

    [Theory]
    [InlineData("", "3 2 1")]
    [InlineData("recipient=bob", "2 1")]
    [InlineData("sender=ada", "1")]
    [InlineData("sender=%3C%3E", "3")]
    [InlineData("destination=two.test", "3 2")]
    [InlineData("subject=thIRd", "3")]
    [InlineData("text=THIRD", "3")]
    [InlineData("text=%25", "")]
    [InlineData("messageId=third@", "3")]
    [InlineData("login=carol", "2")]
    [InlineData("state=waiting", "")]
    [InlineData("state=active", "3 2 1")]
    [InlineData("recipient=bob&destination=two.test", "2")]
    [InlineData("minSize=100000", "")]
    [InlineData("until=2026-01-01T00:00:02Z", "1")]
    [InlineData("since=2026-01-01T00:00:02Z", "3 2")]
    public async Task The_queue_is_filtered_by_every_field(string query, string expected)
    {
        string[] ids =
        [
            await AddAsync("bob@one.test", "First"),
            await AddAsync("bob@two.test", "Second", sender: "carol@example.test", login: "carol@example.test"),
            await AddAsync("dan@two.test", "Third", sender: null),
        ];

        JsonElement page = await _client.GetFromJsonAsync<JsonElement>("/api/v1/queue?" + query);

        Assert.Equal(expected, string.Join(' ', Items(page).Select(i => Array.IndexOf(ids, i.GetProperty("id").GetString()) + 1)));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var added = new List<string>();
        for (int i = 0; i < 7; i++)
        {
            added.Insert(0, await AddAsync($"r{i}@one.test"));
        }

        var seen = new List<string?>();
        string? cursor = null;
        do
        {
            JsonElement page = await _client.GetFromJsonAsync<JsonElement>("/api/v1/queue?limit=3" + (cursor is null ? "" : "&cursor=" + cursor));
            seen.AddRange(Items(page).Select(i => i.GetProperty("id").GetString()));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);

        Assert.Equal<string?>(added, seen);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("cursor=nonsense")]
    public async Task A_wrong_page_is_refused(string query) =>
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _client.GetAsync("/api/v1/queue?" + query)).StatusCode);

    [Fact]
    public async Task A_held_message_is_not_tried_until_it_is_released()
    {
        string id = await AddAsync("bob@one.test");

        await PostAsync($"/api/v1/queue/{id}/hold", new { reason = "suspicious" });

        Assert.Empty(await LeaseAsync());
        JsonElement detail = await _client.GetFromJsonAsync<JsonElement>("/api/v1/queue/" + id);
        Assert.Equal("held", detail.GetProperty("message").GetProperty("state").GetString());
        Assert.Equal("suspicious", detail.GetProperty("message").GetProperty("holdReason").GetString());
        await PostAsync($"/api/v1/queue/{id}/release");
        Assert.Equal(1, Assert.Single(await LeaseAsync()).Attempt);
    }

    [Fact]
    public async Task A_hold_during_an_attempt_counts_from_its_end()
    {
        string id = await AddAsync("bob@one.test");
        Delivery running = Assert.Single(await LeaseAsync());

        await PostAsync($"/api/v1/queue/{id}/hold");
        await _spool.SettleAsync([Mails.Deferred(running, _host.Time.GetUtcNow().AddMinutes(1))], default);
        _host.Time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(await LeaseAsync());
    }

    [Fact]
    public async Task Retry_makes_a_deferred_message_due_at_once()
    {
        string id = await AddAsync("bob@one.test");
        await _spool.SettleAsync([Mails.Deferred(Assert.Single(await LeaseAsync()), _host.Time.GetUtcNow().AddHours(4))], default);
        Assert.Empty(await LeaseAsync());

        JsonElement before = await _client.GetFromJsonAsync<JsonElement>("/api/v1/queue/" + id);
        Assert.Equal("deferred", before.GetProperty("message").GetProperty("state").GetString());
        Assert.Equal("451 4.7.1 Come back later", before.GetProperty("deliveries")[0].GetProperty("lastReply").GetString());
        await PostAsync($"/api/v1/queue/{id}/retry");

        Assert.Equal(2, Assert.Single(await LeaseAsync()).Attempt);
    }

    [Fact]
    public async Task Bounce_gives_the_relay_a_verdict_instead_of_an_attempt()
    {
        string id = await AddAsync("bob@one.test");

        await PostAsync($"/api/v1/queue/{id}/bounce", new { reason = "Not wanted" });

        Assert.Equal("554 5.7.0 Not wanted", Assert.Single(await LeaseAsync()).Verdict!.ToString());
    }

    [Theory]
    [InlineData("smart.example.com:2525", true)]
    [InlineData("[2001:db8::1]:25", true)]
    [InlineData("no-port", false)]
    [InlineData("host:0", false)]
    [InlineData(null, false)]
    public async Task Reroute_takes_a_next_hop(string? nextHop, bool good)
    {
        string id = await AddAsync("bob@one.test");

        using HttpResponseMessage answer = await _client.PostAsJsonAsync($"/api/v1/queue/{id}/reroute", new { nextHop });

        Assert.Equal(good ? HttpStatusCode.OK : HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(good ? nextHop : null, Assert.Single(await LeaseAsync()).Reroute);
    }

    [Fact]
    public async Task A_dropped_message_is_gone_and_its_story_stays()
    {
        string id = await AddAsync("bob@one.test");

        Assert.Equal(HttpStatusCode.NoContent, (await _client.DeleteAsync("/api/v1/queue/" + id)).StatusCode);

        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("/api/v1/queue/" + id)).StatusCode);
        Assert.Empty(await LeaseAsync());
        JsonElement story = await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages/" + id);
        Assert.Equal("dropped", story.GetProperty("message").GetProperty("recipients")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_message_dropped_during_its_attempt_does_not_come_back()
    {
        string id = await AddAsync("bob@one.test");
        Delivery running = Assert.Single(await LeaseAsync());

        Assert.Equal(HttpStatusCode.NoContent, (await _client.DeleteAsync("/api/v1/queue/" + id)).StatusCode);
        await _spool.SettleAsync([Mails.Deferred(running, _host.Time.GetUtcNow())], default);

        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync("/api/v1/queue/" + id)).StatusCode);
    }

    [Fact]
    public async Task A_bulk_order_changes_what_the_filter_finds_and_nothing_else()
    {
        for (int i = 0; i < 1200; i++)
        {
            await AddAsync($"r{i}@{(i % 2 == 0 ? "even" : "odd")}.test");
        }

        using HttpResponseMessage answer = await _client.PostAsJsonAsync("/api/v1/queue/hold", new { filter = new { destination = "even.test" }, reason = "later" });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        string job = answer.Headers.Location!.ToString();
        await _host.Services.GetRequiredService<QueueService>().FindJob(job.Split('/')[^1])!.Done;

        Assert.Equal(600, (await _client.GetFromJsonAsync<JsonElement>(job)).GetProperty("changed").GetInt32());
        JsonElement counts = await _client.GetFromJsonAsync<JsonElement>("/api/v1/queue/counts");
        Assert.Equal((1200, 600), (counts.GetProperty("messages").GetInt32(), counts.GetProperty("held").GetInt32()));
        Assert.All(await LeaseAsync(), d => Assert.Equal("odd.test", d.Destination.Name));
    }

    [Fact]
    public async Task A_bulk_order_without_a_filter_is_refused() =>
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _client.PostAsJsonAsync("/api/v1/queue/drop", new { })).StatusCode);

    [Fact]
    public async Task A_paused_destination_gets_nothing_until_it_is_resumed()
    {
        await AddAsync("bob@one.test");
        await AddAsync("bob@two.test");

        await PostAsync("/api/v1/queue/destinations/one.test/pause", new { reason = "they asked" });

        Assert.Equal("two.test", Assert.Single(await LeaseAsync()).Destination.Name);
        JsonElement destinations = await _client.GetFromJsonAsync<JsonElement>("/api/v1/queue/destinations");
        Assert.Equal("they asked", Items(destinations).Single(d => d.GetProperty("destination").GetString() == "one.test").GetProperty("paused").GetProperty("reason").GetString());
        await PostAsync("/api/v1/queue/destinations/one.test/resume");
        Assert.Equal("one.test", Assert.Single(await LeaseAsync()).Destination.Name);
    }

    [Fact]
    public async Task The_mail_of_a_login_is_held_wherever_it_waits_and_released_again()
    {
        IQueuedMail mail = _host.Services.GetRequiredService<IQueuedMail>();
        await AddAsync("bob@one.test", login: "eve@example.test");
        await _spool.SettleAsync([Mails.Deferred(Assert.Single(await LeaseAsync()), _host.Time.GetUtcNow().AddMinutes(1))], default);
        await AddAsync("bob@one.test", login: "eve@example.test");
        await AddAsync("bob@one.test", login: "ada@example.test");

        Assert.Equal(2, await mail.HoldAsync(Mailbox.Parse("eve@example.test"), "revoked", default));
        _host.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("ada@example.test", Assert.Single(await LeaseAsync()).Envelope.Origin.Login!.Address.ToString());
        Assert.Equal(2, await mail.ReleaseAsync(Mailbox.Parse("eve@example.test"), default));
        Assert.Equal(2, (await LeaseAsync()).Count);
    }

    [Fact]
    public async Task A_message_that_came_with_a_reason_to_hold_it_is_held()
    {
        Assert.IsType<SpoolAdd.Queued>(await _spool.AddAsync(Mails.Envelope("bob@one.test") with { HoldReason = "limit" }, Mails.Content(), default));

        Assert.Empty(await LeaseAsync());
        JsonElement page = await _client.GetFromJsonAsync<JsonElement>("/api/v1/queue?state=held");
        Assert.Equal("limit", Assert.Single(Items(page)).GetProperty("holdReason").GetString());
    }

    [Fact]
    public async Task The_header_is_shown_and_the_whole_message_to_those_who_may()
    {
        string id = await AddAsync("bob@one.test", "Seen");

        Assert.Equal("From: Ada <ada@example.test>\r\nSubject: Seen\r\nMessage-ID: <Seen@example.test>\r\n", await _client.GetStringAsync($"/api/v1/queue/{id}/header"));
        Assert.Equal(await Mails.TextAsync(Mails.Content("Seen")), await _client.GetStringAsync($"/api/v1/queue/{id}/raw"));
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement page) => page.GetProperty("items").EnumerateArray();

    private async Task<string> AddAsync(string recipients, string subject = "Hello", string? sender = "ada@example.test", string? login = null)
    {
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        return Assert.IsType<SpoolAdd.Queued>(
            await _spool.AddAsync(Mails.Envelope(recipients, sender, login), Mails.Content(subject), default)).Id.ToString();
    }

    private async Task<IReadOnlyList<Delivery>> LeaseAsync() => await _spool.LeaseAsync(new LeaseRequest(5000, _ => 5000), default);

    private async Task PostAsync(string path, object? body = null)
    {
        using HttpResponseMessage answer = await _client.PostAsJsonAsync(path, body ?? new { });
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }
}
