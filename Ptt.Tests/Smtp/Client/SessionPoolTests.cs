using Ptt.Smtp.Client;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

public sealed class SessionPoolTests
{
    private static async Task<SmtpClientSession> RentAsync(SessionPool pool, SessionTarget target) =>
        Assert.IsType<SessionOpening.Opened>((await pool.RentAsync([target], fresh: false, default)).Opening).Session;

    [Fact]
    public async Task A_session_that_was_given_back_carries_the_next_message()
    {
        await using var server = new ScriptedServer();
        await using SessionPool pool = ClientHarness.Pool();
        SmtpClientSession first = await RentAsync(pool, ClientHarness.Target(server));
        await first.SendAsync(Mails.Envelope("a@one.test"));
        await pool.ReturnAsync(first);
        Assert.Same(first, await RentAsync(pool, ClientHarness.Target(server)));
        await pool.ReturnAsync(first);
        Assert.Equal(1, pool.OpenConnections);
    }

    [Fact]
    public async Task A_session_is_never_used_under_another_TLS_policy_or_for_another_name()
    {
        await using var server = new ScriptedServer { Certificate = Certificates.Server("mx.test") };
        await using SessionPool pool = ClientHarness.Pool();
        SmtpClientSession first = await RentAsync(pool, ClientHarness.Target(server));
        await pool.ReturnAsync(first);
        SmtpClientSession second = await RentAsync(pool, ClientHarness.Target(server, new TlsPolicy(TlsDemand.Encrypted, "route")));
        SmtpClientSession third = await RentAsync(pool, ClientHarness.Target(server) with { Host = "other.test" });
        Assert.Equal(3, new[] { first, second, third }.Distinct().Count());
        await pool.ReturnAsync(second);
        await pool.ReturnAsync(third);
    }

    [Fact]
    public async Task An_idle_session_says_QUIT_when_its_time_is_over()
    {
        var time = new ManualTime();
        await using var server = new ScriptedServer();
        await using SessionPool pool = ClientHarness.Pool(time);
        SmtpClientSession session = await RentAsync(pool, ClientHarness.Target(server));
        await pool.ReturnAsync(session);
        time.Advance(TimeSpan.FromSeconds(10));        // to the moment and no further: QUIT has a time limit of its own
        while (pool.OpenConnections > 0)
        {
            await Task.Yield();
        }

        Assert.Equal("QUIT", server.Commands.Last());
    }

    [Fact]
    public async Task An_idle_session_of_another_host_makes_room()
    {
        await using var one = new ScriptedServer();
        await using var two = new ScriptedServer();
        await using SessionPool pool = ClientHarness.Pool(max: 1);
        await pool.ReturnAsync(await RentAsync(pool, ClientHarness.Target(one)));
        SmtpClientSession session = await RentAsync(pool, ClientHarness.Target(two));
        Assert.Equal(1, pool.OpenConnections);
        Assert.Equal("QUIT", one.Commands.Last());
        await pool.ReturnAsync(session);
    }

    [Fact]
    public async Task A_connection_waits_until_there_is_room()
    {
        await using var server = new ScriptedServer();
        await using SessionPool pool = ClientHarness.Pool(max: 1);
        SmtpClientSession first = await RentAsync(pool, ClientHarness.Target(server));
        Task<SmtpClientSession> second = RentAsync(pool, ClientHarness.Target(server) with { Host = "other.test" });
        Assert.False(second.IsCompleted);
        await pool.DiscardAsync(first);
        await pool.ReturnAsync(await second);
    }

    [Fact]
    public async Task While_someone_waits_for_room_a_session_that_comes_back_is_closed_and_not_kept()
    {
        await using var one = new ScriptedServer();
        await using var two = new ScriptedServer();
        await using SessionPool pool = ClientHarness.Pool(max: 1);
        SmtpClientSession first = await RentAsync(pool, ClientHarness.Target(one));
        Task<SmtpClientSession> second = RentAsync(pool, ClientHarness.Target(two));
        Assert.False(second.IsCompleted);
        await pool.ReturnAsync(first);
        await pool.ReturnAsync(await second);
        Assert.Equal("QUIT", one.Commands.Last());
        Assert.Equal(1, pool.OpenConnections);
    }
}
