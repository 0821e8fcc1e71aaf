using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Tracing;

namespace Ptt.Tests.Web.Queue;

/// <summary>What the API tells of messages after their time in the queue.</summary>
public sealed class TraceApiTests : IAsyncLifetime
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

    [Theory]
    [InlineData("address=bob@one.test", 1)]
    [InlineData("address=BOB@one.test", 1)]
    [InlineData("address=one.test", 1)]
    [InlineData("address=ada@example.test", 1)]
    [InlineData("address=nobody@one.test", 0)]
    [InlineData("messageId=%3CTraced@example.test%3E", 1)]
    [InlineData("messageId=traced@example.test", 1)]
    [InlineData("text=trac", 1)]
    [InlineData("state=delivered", 1)]
    [InlineData("state=failed", 0)]
    [InlineData("address=one.test&messageId=other@x.test", 0)]
    [InlineData("until=2025-12-31T00:00:00Z", 0)]
    [InlineData("", 1)]
    public async Task A_delivered_message_is_found_in_the_trace(string query, int expected)
    {
        await AddAsync("bob@one.test", "Traced");
        await _spool.SettleAsync([Mails.Delivered(Assert.Single(await LeaseAsync()))], default);

        Assert.Equal(expected, Items(await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages?" + query)).Count());
    }

    [Fact]
    public async Task The_trace_tells_every_attempt_with_the_remotes_words_and_the_TLS_facts()
    {
        string id = await AddAsync("bob@one.test");
        await _spool.SettleAsync([Mails.Deferred(Assert.Single(await LeaseAsync()), _host.Time.GetUtcNow().AddMinutes(5))], default);
        _host.Time.Advance(TimeSpan.FromMinutes(5));
        await _spool.SettleAsync([Mails.Delivered(Assert.Single(await LeaseAsync()))], default);

        JsonElement story = await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages/" + id);

        Assert.Equal(["deferred", "delivered"], story.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("recipients")[0].GetProperty("state").GetString()));
        JsonElement attempt = story.GetProperty("events")[0].GetProperty("attempts")[0];
        Assert.Equal(("mx.one.test", "451 4.7.1 Come back later", "TLSv1.3 TLS_AES_256_GCM_SHA384"),
            (attempt.GetProperty("host").GetString(), attempt.GetProperty("reply").GetString(), attempt.GetProperty("tls").GetString()));
        Assert.Equal("delivered", story.GetProperty("message").GetProperty("recipients")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_attempt_that_took_no_time_is_told_too()
    {
        string id = await AddAsync("bob@one.test");
        Settlement settled = Mails.Delivered(Assert.Single(await LeaseAsync()));
        await _spool.SettleAsync([settled with { Attempts = [settled.Attempts[0] with { Took = TimeSpan.Zero }] }], default);

        JsonElement story = await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages/" + id);
        Assert.Equal(0, story.GetProperty("events")[0].GetProperty("attempts")[0].GetProperty("took").GetInt32());
    }

    [Fact]
    public async Task What_is_not_tried_yet_is_found_in_the_trace_too()
    {
        string id = await AddAsync("bob@one.test");

        Assert.Equal(id, Assert.Single(Items(await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages?address=bob@one.test"))).GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("/api/v1/messages/" + id)).StatusCode);
    }

    [Fact]
    public async Task Traces_of_several_days_are_one_list_and_old_ones_are_removed()
    {
        for (int day = 0; day < 3; day++)
        {
            await AddAsync($"day{day}@one.test");
            await _spool.SettleAsync([Mails.Delivered(Assert.Single(await LeaseAsync()))], default);
            _host.Time.JumpTo(_host.Time.GetUtcNow().AddDays(1));
        }

        JsonElement page = await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages?limit=2");
        Assert.Equal(["day2@one.test", "day1@one.test"], Items(page).Select(RecipientOf));
        page = await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages?limit=2&cursor=" + page.GetProperty("next").GetString());
        Assert.Equal(["day0@one.test"], Items(page).Select(RecipientOf));

        foreach (string filter in new[] { "", "&text=one.test", "&address=one.test" })   // what walks, and what an index finds
        {
            page = await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages?limit=2&oldestFirst=true" + filter);
            Assert.Equal(["day0@one.test", "day1@one.test"], Items(page).Select(RecipientOf));
            page = await _client.GetFromJsonAsync<JsonElement>($"/api/v1/messages?limit=2&oldestFirst=true{filter}&cursor={page.GetProperty("next").GetString()}");
            Assert.Equal(["day2@one.test"], Items(page).Select(RecipientOf));
            Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind);
        }

        _host.Time.JumpTo(_host.Time.GetUtcNow().AddDays(28.5));   // the first day is over thirty days ago now
        _host.Services.GetRequiredService<Narrator>().Prune();
        page = await _client.GetFromJsonAsync<JsonElement>("/api/v1/messages");
        Assert.Equal(["day2@one.test", "day1@one.test"], Items(page).Select(RecipientOf));

        static string? RecipientOf(JsonElement message) => message.GetProperty("recipients")[0].GetProperty("address").GetString();
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement page) => page.GetProperty("items").EnumerateArray();

    private async Task<string> AddAsync(string recipient, string subject = "Hello")
    {
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        return Assert.IsType<SpoolAdd.Queued>(await _spool.AddAsync(Mails.Envelope(recipient), Mails.Content(subject), default)).Id.ToString();
    }

    private async Task<IReadOnlyList<Delivery>> LeaseAsync() => await _spool.LeaseAsync(new LeaseRequest(5000, _ => 5000), default);
}
