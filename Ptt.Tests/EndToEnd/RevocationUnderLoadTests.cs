using System.Text.Json;

namespace Ptt.Tests.EndToEnd;

/// <summary>
/// Clients log in and send without a pause while one call takes the right away. Its answer is the moment: no AUTH and no message that a client
/// finishes after it succeeds, and what was accepted before it is in the queue, all of it, held where that was asked.
/// </summary>
[Collection(EndToEndCollection.Name)]
public sealed class RevocationUnderLoadTests(UsersOverSmtpFixture users) : IClassFixture<UsersOverSmtpFixture>
{
    private const int Clients = 4;

    private PttProcess Ptt => users.Ptt;

    [Fact]
    public async Task After_the_answer_a_disabled_user_gets_nothing_through_and_its_mail_is_held()
    {
        string address = await users.UserAsync("mallory");
        await users.CallAsync(HttpMethod.Post, "/api/v1/queue/destinations/one.test/pause");
        int accepted = await RevokeUnderLoadAsync(address, UsersOverSmtpFixture.Password, () => users.CallAsync(HttpMethod.Post, $"/api/v1/users/{address}/disable?mail=true"));

        IReadOnlyList<JsonElement> queued = await users.QueueAsync(address);
        Assert.Equal(accepted, queued.Count);
        Assert.All(queued, m => Assert.Equal("held", m.GetProperty("state").GetString()));

        await users.CallAsync(HttpMethod.Post, "/api/v1/queue/destinations/one.test/resume");
        Assert.Equal(accepted, (await users.QueueAsync(address)).Count);   // held, not only paused
        await users.CallAsync(HttpMethod.Post, $"/api/v1/users/{address}/enable?mail=true");
        await Ptt.InboxAsync(accepted, m => m.GetProperty("mailFrom").GetString() == address);
        await using LoggedInSender back = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);
    }

    [Fact]
    public async Task After_the_answer_a_revoked_app_password_gets_nothing_through_and_the_users_own_does()
    {
        string address = await users.UserAsync("oscar");
        await users.CallAsync(HttpMethod.Post, "/api/v1/queue/destinations/one.test/pause");
        JsonElement made = await users.CallAsync(HttpMethod.Post, $"/api/v1/users/{address}/app-passwords", new { name = "telephone" });
        string id = made.GetProperty("appPassword").GetProperty("id").GetString()!;
        await using LoggedInSender own = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);

        int accepted = await RevokeUnderLoadAsync(address, made.GetProperty("text").GetString()!, () => users.CallAsync(HttpMethod.Delete, $"/api/v1/users/{address}/app-passwords/{id}"));

        Assert.Equal(accepted, (await users.QueueAsync(address)).Count);
        Assert.StartsWith("250", await own.SendAsync(address, "from the session that was open", "bob@one.test"), StringComparison.Ordinal);
        await using LoggedInSender fresh = await LoggedInSender.LogInAsync(Ptt, address, UsersOverSmtpFixture.Password);
        Assert.StartsWith("250", await fresh.SendAsync(address, "from a new one", "bob@one.test"), StringComparison.Ordinal);
        await users.CallAsync(HttpMethod.Post, "/api/v1/queue/destinations/one.test/resume");
        await Ptt.InboxAsync(accepted + 2, m => m.GetProperty("mailFrom").GetString() == address);
    }

    [Fact]
    public async Task After_the_answer_no_SCRAM_exchange_ends_well_and_none_that_was_begun_before_it()
    {
        string address = await users.UserAsync("trudy");
        int turn = 0;
        List<(LoggedInSender Sender, string Proof)> begun = [];
        for (int i = 0; i < 6; i++)
        {
            LoggedInSender sender = await LoggedInSender.ConnectAsync(Ptt);
            (string reply, string proof) = await sender.BeginScramAsync(address, UsersOverSmtpFixture.Password, plus: i % 2 == 1);
            Assert.StartsWith("334", reply, StringComparison.Ordinal);
            begun.Add((sender, proof));
        }

        Assert.StartsWith("235", await begun[0].Sender.EndScramAsync(begun[0].Proof), StringComparison.Ordinal);   // the proofs are right
        Assert.StartsWith("235", await begun[1].Sender.EndScramAsync(begun[1].Proof), StringComparison.Ordinal);

        int accepted = await RevokeUnderLoadAsync(
            address, UsersOverSmtpFixture.Password, () => users.CallAsync(HttpMethod.Post, $"/api/v1/users/{address}/disable"),
            sender => sender.ScramAsync(address, UsersOverSmtpFixture.Password, plus: Interlocked.Increment(ref turn) % 2 == 0));

        Assert.Equal(["421", "421"], await Task.WhenAll(begun[..2].Select(async b => (await b.Sender.SayAsync("NOOP"))[..3])));
        string[] ends = await Task.WhenAll(begun[2..].Select(b => b.Sender.EndScramAsync(b.Proof)));
        Assert.All(ends, e => Assert.DoesNotContain("235", e, StringComparison.Ordinal));
        await Task.WhenAll(begun.Select(b => b.Sender.DisposeAsync().AsTask()));
        await Ptt.InboxAsync(accepted, m => m.GetProperty("mailFrom").GetString() == address);   // what was accepted before goes out
    }

    private async Task<int> RevokeUnderLoadAsync(string address, string password, Func<Task> revoke, Func<LoggedInSender, Task<string>>? logIn = null)
    {
        logIn ??= sender => sender.AuthAsync(address, password);
        int accepted = 0, authsAfter = 0, messagesAfter = 0, triedAfter = 0;
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var underLoad = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using LoggedInSender idle = await LoggedInSender.LogInAsync(Ptt, address, password);
        await using LoggedInSender inData = await LoggedInSender.LogInAsync(Ptt, address, password);
        Assert.Equal("354", await inData.BeginAsync(address, "begun before, ended after", ["bob@one.test"]));
        await using LoggedInSender inChunks = await LoggedInSender.LogInAsync(Ptt, address, password);
        await inChunks.SayAsync($"MAIL FROM:<{address}>");
        await inChunks.SayAsync("RCPT TO:<bob@one.test>");
        string header = $"From: {address}\r\nSubject: chunks\r\n\r\n";
        Assert.StartsWith("250", await inChunks.SayAsync($"BDAT {header.Length + 2}\r\n{header}"), StringComparison.Ordinal);

        Task[] clients = [.. Enumerable.Range(0, Clients).Select(c => Task.Run(async () =>
        {
            for (int i = 0; ; i++)
            {
                await using LoggedInSender sender = await LoggedInSender.ConnectAsync(Ptt);
                bool isAfter = answered.Task.IsCompleted;   // asked before the step is sent: what counts is begun after the answer
                string auth = await logIn(sender);
                if (isAfter)
                {
                    Interlocked.Increment(ref triedAfter);
                    Interlocked.Add(ref authsAfter, auth.StartsWith("235", StringComparison.Ordinal) ? 1 : 0);
                    return;
                }

                if (!auth.StartsWith("235", StringComparison.Ordinal))
                {
                    await answered.Task;   // refused while the call was under way: once more after it
                    continue;
                }

                for (int m = 0; m < 5; m++)
                {
                    if (!(await sender.BeginAsync(address, $"load {c} {i} {m}", ["bob@one.test"])).StartsWith("354", StringComparison.Ordinal))
                    {
                        break;
                    }

                    isAfter = answered.Task.IsCompleted;
                    if ((await sender.SayAsync(".")).StartsWith("250", StringComparison.Ordinal))
                    {
                        Interlocked.Add(ref messagesAfter, isAfter ? 1 : 0);
                        if (Interlocked.Increment(ref accepted) == 40)
                        {
                            underLoad.SetResult();
                        }
                    }
                    else
                    {
                        break;
                    }
                }
            }
        }))];
        await underLoad.Task.WaitAsync(TimeSpan.FromSeconds(120));

        await revoke();
        answered.SetResult();

        Assert.StartsWith("421", await inData.SayAsync("."), StringComparison.Ordinal);
        Assert.StartsWith("421", await inChunks.SayAsync("BDAT 0 LAST"), StringComparison.Ordinal);
        Assert.StartsWith("421", await idle.SayAsync($"MAIL FROM:<{address}>"), StringComparison.Ordinal);
        await Task.WhenAll(clients);
        Assert.Equal((Clients, 0, 0), (triedAfter, authsAfter, messagesAfter));
        return accepted;
    }
}
