using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Ptt.Tests.EndToEnd;

/// <summary>What a user may send, seen from a client that is logged in: soft, hard, over a restart; and the guard that holds what is unusual.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class SendingLimitsOverSmtpTests(UsersOverSmtpFixture users) : IClassFixture<UsersOverSmtpFixture>
{
    private PttProcess Ptt => users.Ptt;

    [Theory]
    [InlineData("hour", "recipientsPerHour")]
    [InlineData("day", "recipientsPerDay")]
    public async Task Over_its_recipients_a_user_is_put_off_and_where_it_is_so_set_refused(string window, string limit)
    {
        string address = await users.UserAsync("per-" + window, new Dictionary<string, object> { [limit] = 3 });
        await using LoggedInSender sender = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);

        Assert.StartsWith("250", await sender.SendAsync(address, "within", "a@example.com", "b@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("450 4.7.1 ", await sender.SendAsync(address, "over", "a@example.com", "b@example.com"), StringComparison.Ordinal);
        await OverLimitAsync(address, "refuse");
        Assert.StartsWith("550 5.7.1 ", await sender.SendAsync(address, "over", "a@example.com", "b@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("250", await sender.SendAsync(address, "what was refused was not counted", "c@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 ", await sender.SendAsync(address, "over", "a@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_recipients_are_limited_and_those_written_to_before_are_not()
    {
        string address = await users.UserAsync("new-recipients", new { newRecipientsPerDay = 2 });
        await using LoggedInSender sender = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);

        Assert.StartsWith("250", await sender.SendAsync(address, "first", "a@example.com", "b@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("250", await sender.SendAsync(address, "again", "a@example.com", "b@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("450 4.7.1 ", await sender.SendAsync(address, "stranger", "c@example.com"), StringComparison.Ordinal);
        await OverLimitAsync(address, "refuse");
        Assert.StartsWith("550 5.7.1 ", await sender.SendAsync(address, "stranger", "c@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("250", await sender.SendAsync(address, "again", "b@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_larger_than_the_user_may_send_is_refused_when_announced_and_when_not()
    {
        string address = await users.UserAsync("size", new { messageSize = 10_000 });
        await using LoggedInSender sender = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);

        Assert.StartsWith("552 5.3.4 ", await sender.SayAsync($"MAIL FROM:<{address}> SIZE=10001"), StringComparison.Ordinal);
        Assert.Equal("354", await sender.BeginAsync(address, "large", ["a@example.com"], 11_000));
        Assert.StartsWith("552 5.3.4 ", await sender.SayAsync("."), StringComparison.Ordinal);
        Assert.Equal("354", await sender.BeginAsync(address, "within", ["a@example.com"], 9_000));
        Assert.StartsWith("250", await sender.SayAsync("."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_session_more_than_a_user_may_have_is_put_off_until_another_ends()
    {
        string address = await users.UserAsync("sessions", new { sessions = 2 });
        await using LoggedInSender first = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);
        await using LoggedInSender second = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);
        await using LoggedInSender third = await LoggedInSender.ConnectAsync(Ptt);

        Assert.StartsWith("454 4.7.0 ", await third.AuthAsync(address, UsersOverSmtpFixture.Password), StringComparison.Ordinal);
        await first.QuitAsync();
        long started = Stopwatch.GetTimestamp();
        string reply;
        do   // the place is free a moment after the connection has gone
        {
            reply = await third.AuthAsync(address, UsersOverSmtpFixture.Password);
        }
        while (reply.StartsWith("454", StringComparison.Ordinal) && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(120));

        Assert.StartsWith("235", reply, StringComparison.Ordinal);
        Assert.StartsWith("250", await second.SayAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_counted_counts_after_a_restart()
    {
        string address = await users.UserAsync("restart", new { recipientsPerDay = 3, newRecipientsPerDay = 2 });
        await using (LoggedInSender before = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password))
        {
            Assert.StartsWith("250", await before.SendAsync(address, "before", "a@example.com", "b@example.com"), StringComparison.Ordinal);
        }

        await Ptt.StopAsync();
        await Ptt.StartAsync();

        await using LoggedInSender after = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);
        Assert.StartsWith("450 4.7.1 You may send to 3 recipients a day", await after.SendAsync(address, "over", "a@example.com", "b@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("450 4.7.1 You may send to 2 new recipients a day", await after.SendAsync(address, "stranger", "c@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("250", await after.SendAsync(address, "known", "b@example.com"), StringComparison.Ordinal);
        JsonElement usage = await users.CallAsync(HttpMethod.Get, $"/api/v1/users/{address}/usage");
        Assert.Equal((3, 2), (usage.GetProperty("recipientsLastDay").GetInt32(), usage.GetProperty("newRecipientsLastDay").GetInt32()));
    }

    [Fact]
    public async Task A_login_that_leaps_is_held_and_an_administrator_releases_some_of_it_and_drops_the_rest()
    {
        string address = await users.UserAsync("leap");
        await Ptt.StopAsync();
        await QuietDaysAsync(address);
        await Ptt.StartAsync();
        await using LoggedInSender sender = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);
        for (int i = 0; i < 4; i++)
        {
            Assert.StartsWith("250", await sender.SendAsync(address, $"usual {i}", $"usual{i}@example.com"), StringComparison.Ordinal);
        }

        await Ptt.InboxAsync(4, m => Subject(m).StartsWith("usual", StringComparison.Ordinal));
        for (int i = 0; i < 6; i++)
        {
            Assert.StartsWith("250", await sender.SendAsync(address, $"{(i < 2 ? "honest" : "spam")} {i}", $"stranger{i}@example.com"), StringComparison.Ordinal);
        }

        IReadOnlyList<JsonElement> held = await users.QueueAsync(address);
        Assert.Equal(6, held.Count);
        Assert.All(held, m => Assert.Equal("held", m.GetProperty("state").GetString()));
        Assert.All(held, m => Assert.StartsWith("unusual: ", m.GetProperty("holdReason").GetString(), StringComparison.Ordinal));

        Assert.Equal(2, await users.OrderAsync("release", new { login = address, subject = "honest", state = "held" }));
        await Ptt.InboxAsync(2, m => Subject(m).StartsWith("honest", StringComparison.Ordinal));
        Assert.Equal(4, await users.OrderAsync("drop", new { login = address, state = "held" }));
        Assert.StartsWith("250", await sender.SendAsync(address, "late", "stranger9@example.com"), StringComparison.Ordinal);
        Assert.Equal("held", Assert.Single(await users.QueueAsync(address)).GetProperty("state").GetString());   // the login is held until somebody says that it is good

        Assert.Equal(1, (await users.CallAsync(HttpMethod.Post, $"/api/v1/users/{address}/release")).GetProperty("messages").GetInt32());
        Assert.StartsWith("250", await sender.SendAsync(address, "after", "stranger10@example.com"), StringComparison.Ordinal);
        await Ptt.InboxAsync(2, m => Subject(m) is "late" or "after");
        IReadOnlyList<JsonElement> all = await Ptt.InboxAsync(0);
        Assert.DoesNotContain(all, m => Subject(m).StartsWith("spam", StringComparison.Ordinal));
        Assert.DoesNotContain(all, m => m.GetProperty("rcptTo").EnumerateArray().Any(r => r.GetString() == address));   // nothing bounced
    }

    [Fact]
    public async Task A_login_whose_recipients_do_not_exist_is_held_with_what_it_has_in_the_queue_and_nothing_more_of_it_bounces()
    {
        string address = await users.UserAsync("bought-list");
        await users.CallAsync(HttpMethod.Post, "/api/v1/queue/destinations/three.test/pause");
        await using LoggedInSender sender = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);
        Assert.StartsWith("250", await sender.SendAsync(address, "waits", "honest@three.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await sender.SendAsync(address, "list", [.. Enumerable.Range(0, 20).Select(i => $"gone{i}@refuses.example")]), StringComparison.Ordinal);

        // The sink says 550 5.1.1 to each of them; the guard hears of it a moment later.
        string? reason = null;
        for (long started = Stopwatch.GetTimestamp(); reason is null && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(120);)
        {
            await Task.Delay(50);
            reason = (await users.CallAsync(HttpMethod.Get, $"/api/v1/users/{address}/usage")).GetProperty("held").GetString();
        }

        Assert.StartsWith("unusual: 20 of 20 recipients within a day do not exist", reason, StringComparison.Ordinal);
        Assert.StartsWith("250", await sender.SendAsync(address, "more", [.. Enumerable.Range(0, 5).Select(i => $"gone-too{i}@refuses.example")]), StringComparison.Ordinal);
        IReadOnlyList<JsonElement> held = [];
        for (long started = Stopwatch.GetTimestamp(); held.Count(m => m.GetProperty("state").GetString() == "held") < 2 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60);)
        {
            held = await users.QueueAsync(address);
        }

        Assert.All(held, m => Assert.StartsWith("unusual: 20 of 20", m.GetProperty("holdReason").GetString(), StringComparison.Ordinal));
        await Ptt.StopAsync();
        await Ptt.StartAsync();
        Assert.Equal(reason, (await users.CallAsync(HttpMethod.Get, $"/api/v1/users/{address}/usage")).GetProperty("held").GetString());
        Assert.Contains($"What {address} sends is held: {reason}", (await users.CallAsync(HttpMethod.Get, "/api/v1/alarms")).ToString(), StringComparison.Ordinal);

        await users.CallAsync(HttpMethod.Post, "/api/v1/queue/destinations/three.test/resume");
        Assert.Equal(1, await users.OrderAsync("drop", new { login = address, subject = "more", state = "held" }));
        Assert.Equal(1, (await users.CallAsync(HttpMethod.Post, $"/api/v1/users/{address}/release")).GetProperty("messages").GetInt32());
        await Ptt.InboxAsync(1, m => Subject(m) == "waits");
    }

    private Task OverLimitAsync(string address, string over) => users.CallAsync(HttpMethod.Patch, $"/api/v1/users/{address}", new { limits = new { overLimit = over } });

    // A test cannot wait ten days; it writes them where the process keeps them.
    private async Task QuietDaysAsync(string address)
    {
        await using var db = new SqliteConnection($"Data Source={Path.Combine(Ptt.DataDirectory, "users-state.db")};Pooling=False");
        await db.OpenAsync();
        await using SqliteCommand command = db.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO Watch (Address, Days, MeanNew) VALUES ($address, 10, 0.2)";
        command.Parameters.AddWithValue("$address", address);
        await command.ExecuteNonQueryAsync();
    }

    private static string Subject(JsonElement message) => message.GetProperty("subject").GetString()!;
}
