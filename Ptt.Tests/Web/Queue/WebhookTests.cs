using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Queue.Webhooks;

namespace Ptt.Tests.Web.Queue;

public sealed class WebhookTests : IAsyncLifetime
{
    private ApiHost _host = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _host = await ApiHost.StartAsync(b => b.AddQueue(), a => a.MapQueue(), settings: [("Ptt:Webhooks:AllowPrivateAddresses", "true")]);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task What_happens_to_a_message_is_told_signed_and_in_order()
    {
        string secret = await AddHookAsync("message.accepted", "message.deferred", "message.delivered");

        await MailAsync(d => Mails.Deferred(d, _host.Time.GetUtcNow()), d => Mails.Delivered(d));

        long sequence = 0;
        foreach (string type in new[] { "message.accepted", "message.deferred", "message.delivered" })
        {
            Received got = await NextAsync();
            Assert.Equal(type, got.Body.GetProperty("type").GetString());
            JsonElement data = got.Body.GetProperty("data");
            Assert.Equal("bob@one.test", data.GetProperty("recipient").GetString());
            Assert.True(data.GetProperty("sequence").GetInt64() > sequence);
            sequence = data.GetProperty("sequence").GetInt64();
            Assert.Equal([Signature(secret, got)], got.Signatures);
        }
    }

    [Fact]
    public async Task What_is_not_wanted_is_not_told()
    {
        await AddHookAsync("message.delivered");

        await MailAsync(d => Mails.Deferred(d, _host.Time.GetUtcNow()), d => Mails.Delivered(d));

        Assert.Equal("message.delivered", (await NextAsync()).Body.GetProperty("type").GetString());
    }

    [Fact]
    public async Task What_was_not_taken_comes_again_with_the_same_id_and_ends_as_a_dead_letter_that_can_be_replayed()
    {
        await AddHookAsync("message.delivered");
        _receiver.Answer = HttpStatusCode.InternalServerError;
        await MailAsync(d => Mails.Delivered(d));
        OutgoingEvent dead = await UntilAsync(e =>
        {
            _host.Time.JumpTo(_host.Time.GetUtcNow().AddHours(13));
            return e.Dead;
        });
        Assert.Equal((11, "HTTP 500"), (dead.Attempts, dead.Result));
        string id = (await NextAsync()).Id;
        for (int i = 1; i < 11; i++)
        {
            Assert.Equal(id, (await NextAsync()).Id);
        }

        _receiver.Answer = HttpStatusCode.OK;
        using HttpResponseMessage replay = await _host.Client().PostAsync($"/api/v1/webhooks/{Hook.Id}/replay", null);
        Assert.Equal(1, (await replay.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("events").GetInt32());
        Assert.Equal(id, (await NextAsync()).Id);
    }

    [Fact]
    public async Task An_endpoint_that_answers_gone_gets_nothing_more()
    {
        await AddHookAsync("message.delivered");
        _receiver.Answer = HttpStatusCode.Gone;
        await MailAsync(d => Mails.Delivered(d));
        await NextAsync();
        await UntilAsync(e => e.Attempts == 1);

        Assert.NotNull(Hook.Disabled);
    }

    [Fact]
    public async Task While_a_secret_changes_over_both_sign()
    {
        string old = await AddHookAsync("message.delivered");
        using HttpResponseMessage answer = await _host.Client().PostAsync($"/api/v1/webhooks/{Hook.Id}/rotate", null);
        string current = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;

        await MailAsync(d => Mails.Delivered(d));

        Received got = await NextAsync();
        Assert.Equal([Signature(current, got), Signature(old, got)], got.Signatures);
    }

    [Fact]
    public async Task Secrets_are_shown_once_only()
    {
        string secret = await AddHookAsync("message.delivered");

        Assert.DoesNotContain(secret, await _host.Client().GetStringAsync("/api/v1/webhooks"), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, Hook.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://example.com/", "message.delivered")]
    [InlineData("https://user:password@example.com/", "message.delivered")]
    [InlineData("not an address", "message.delivered")]
    [InlineData("https://example.com/", "message.read")]
    public async Task A_webhook_that_cannot_be_is_refused(string url, string type) =>
        Assert.Equal(HttpStatusCode.UnprocessableEntity,
            (await _host.Client().PostAsJsonAsync("/api/v1/webhooks", new { url, events = new[] { type } })).StatusCode);

    [Fact]
    public async Task A_private_address_is_not_connected_to()
    {
        await _host.DisposeAsync();
        _host = await ApiHost.StartAsync(b => b.AddQueue(), a => a.MapQueue());
        await AddHookAsync("message.delivered");
        await MailAsync(d => Mails.Delivered(d));

        Assert.Equal("its address is private, which is not allowed", (await UntilAsync(e => e.Attempts == 1)).Result);
        Assert.Equal(0, _receiver.Count);
    }

    private WebhookStore Store => _host.Services.GetRequiredService<WebhookStore>();

    private WebhookEndpoint Hook => Assert.Single(Store.Endpoints);

    private async Task<string> AddHookAsync(params string[] events)
    {
        using HttpResponseMessage answer = await _host.Client().PostAsJsonAsync("/api/v1/webhooks", new { url = _receiver.Url, events });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
    }

    private async Task MailAsync(params Func<Delivery, Settlement>[] attempts)
    {
        ISpool spool = _host.Services.GetRequiredService<ISpool>();
        await spool.AddAsync(Mails.Envelope("bob@one.test"), Mails.Content(), default);
        foreach (Func<Delivery, Settlement> attempt in attempts)
        {
            await spool.SettleAsync([attempt(Assert.Single(await spool.LeaseAsync(new LeaseRequest(10, _ => 10), default)))], default);
        }

        await _host.Services.GetRequiredService<Narrator>().CatchUpAsync(default);
    }

    /// <summary>Until the one event is so; the sender works on its own thread.</summary>
    private async Task<OutgoingEvent> UntilAsync(Predicate<OutgoingEvent> so)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            if (Store.Undelivered(Hook.Id, null, null, 1) is [{ } e] && so(e))
            {
                return e;
            }

            limit.Token.ThrowIfCancellationRequested();
            await TickAsync();
        }
    }

    private async Task<Received> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (true)
        {
            if (_receiver.TryTake() is { } got)
            {
                return got;
            }

            limit.Token.ThrowIfCancellationRequested();
            await TickAsync();
        }
    }

    /// <summary>The sender looks once a second of its clock, on a thread of its own, and the answer comes over a socket.</summary>
    private async Task TickAsync()
    {
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        await Task.Delay(5);
    }

    private static string Signature(string secret, Received got) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{got.Id}.{got.Timestamp}.{got.Text}")));

    private sealed record Received(string Id, string Timestamp, string[] Signatures, string Text)
    {
        public JsonElement Body => JsonSerializer.Deserialize<JsonElement>(Text);
    }

    /// <summary>A receiver on loopback.</summary>
    private sealed class Receiver(WebApplication app) : IAsyncDisposable
    {
        private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();
        private int _count;

        public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;

        public int Count => Volatile.Read(ref _count);

        public string Url => app.Urls.First() + "/hook";

        public static async Task<Receiver> StartAsync()
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            WebApplication app = builder.Build();
            var receiver = new Receiver(app);
            app.MapPost("/hook", (Delegate)receiver.TakeAsync);
            await app.StartAsync();
            return receiver;
        }

        public Received? TryTake() => _received.Reader.TryRead(out Received? got) ? got : null;

        public async ValueTask DisposeAsync() => await app.DisposeAsync();

        private async Task<IResult> TakeAsync(HttpContext http)
        {
            Interlocked.Increment(ref _count);
            using var reader = new StreamReader(http.Request.Body);
            string text = await reader.ReadToEndAsync();
            _received.Writer.TryWrite(new Received(
                http.Request.Headers["webhook-id"]!, http.Request.Headers["webhook-timestamp"]!, http.Request.Headers["webhook-signature"].ToString().Split(' '), text));
            return Results.StatusCode((int)Answer);
        }
    }
}
