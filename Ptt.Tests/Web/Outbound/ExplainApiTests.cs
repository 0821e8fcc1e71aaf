using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Suppressions;

namespace Ptt.Tests.Web.Outbound;

public sealed class ExplainApiTests
{
    [Fact]
    public async Task The_way_of_a_message_is_told_with_its_limits_and_what_waits()
    {
        await using var busy = new ScriptedServer { On = line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "450 4.2.2 Mailbox full" : null };
        var dns = new StaticResolver("one.test MX 10 mx.one.test", "one.test MX 20 gone.one.test", "mx.one.test A 127.0.0.1", "null.test MX 0 .");
        await using ApiHost host = await OutboundHost.StartAsync(dns, busy.EndPoint.Port,
            settings: [("Ptt:Relay:Rates:one.test", "100/min"), ("Ptt:Relay:Sources:a:Address", "127.0.0.31"), ("Ptt:Relay:Routes:two.test", "127.0.0.1:2525")]);
        await host.Services.GetRequiredService<ISpool>().AddAsync(Mails.Envelope("bob@one.test"), Mails.Content(), default);
        JsonElement said = default;
        for (int i = 0; i < 3000 && (said.ValueKind == JsonValueKind.Undefined || said.GetProperty("waiting").EnumerateArray().All(w => w.GetProperty("lastReply").ValueKind == JsonValueKind.Null)); i++)
        {
            said = await AskAsync(host, "bob@one.test");
            await Task.Delay(20);
        }

        Assert.Equal(("sent", "mx", "one.test", "100/min"), (Text(said, "verdict"), Text(said, "via"), Text(said, "provider"), Text(said, "rate")));
        Assert.Equal(["mx.one.test", "gone.one.test"], said.GetProperty("hosts").EnumerateArray().Select(h => Text(h, "name")));
        Assert.Equal(("opportunistic", "opportunistic"), (Text(said.GetProperty("hosts")[0], "tls"), Text(said.GetProperty("hosts")[0], "tlsDecidedBy")));
        Assert.StartsWith("550 5.4.4", Text(said.GetProperty("hosts")[1], "reply"), StringComparison.Ordinal);
        Assert.Equal("127.0.0.31", Text(said.GetProperty("sources")[0], "address"));
        Assert.Equal("127.0.0.31", busy.Clients.First().ToString());
        JsonElement waiting = Assert.Single(said.GetProperty("waiting").EnumerateArray());
        Assert.Contains("450 4.2.2", Text(waiting, "lastReply"), StringComparison.Ordinal);
        Assert.Contains("mailbox is full", Text(waiting, "advice"), StringComparison.Ordinal);
        Assert.NotEqual(JsonValueKind.Null, waiting.GetProperty("nextTry").ValueKind);

        Assert.Equal(("refused", true), (Text(await AskAsync(host, "x@null.test"), "verdict"), Text(await AskAsync(host, "x@null.test"), "reply")!.Contains("5.1.10", StringComparison.Ordinal)));
        Assert.Equal("route", Text(await AskAsync(host, "x@two.test"), "via"));
        await host.Services.GetRequiredService<Destinations>().PauseAsync("one.test", "maintenance there", "test", default);
        Assert.Equal("paused", Text(await AskAsync(host, "bob@one.test"), "verdict"));
        await host.Services.GetRequiredService<SuppressionList>().AddAsync(Ptt.Mail.Mailbox.Parse("bob@one.test"), SuppressionOrigin.Manual, "asked us to stop", null, "test", default);
        JsonElement suppressed = await AskAsync(host, "bob@one.test");
        Assert.Equal("suppressed", Text(suppressed, "verdict"));
        Assert.Contains("asked us to stop", Text(suppressed, "suppressed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_address_is_refused_and_a_stranger_is_not_told()
    {
        await using ApiHost host = await OutboundHost.StartAsync(new StaticResolver());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.Client().GetAsync("/api/v1/explain?address=nobody")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client("").GetAsync("/api/v1/explain?address=a@one.test")).StatusCode);
    }

    private static async Task<JsonElement> AskAsync(ApiHost host, string address) =>
        JsonDocument.Parse(await host.Client().GetStringAsync("/api/v1/explain?address=" + Uri.EscapeDataString(address))).RootElement.Clone();

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
