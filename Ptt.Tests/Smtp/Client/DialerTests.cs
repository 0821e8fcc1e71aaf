using System.Net;
using Ptt.Smtp.Client;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

public sealed class DialerTests
{
    private static ValueTask<SessionOpening> OpenAsync(params SessionTarget[] targets) => SmtpClientSession.OpenAsync(
        targets, "client.test", new Dialer(ClientHarness.Loopback, TimeProvider.System), new ClientTimeouts(), TimeProvider.System, default);

    [Fact]
    public async Task The_first_address_that_answers_is_spoken_to_and_the_dead_ones_are_named()
    {
        IPEndPoint dead;
        await using (var gone = new ScriptedServer("127.0.0.4"))
        {
            dead = gone.EndPoint;
        }

        await using var server = new ScriptedServer();
        SessionTarget live = ClientHarness.Target(server);
        var opened = Assert.IsType<SessionOpening.Opened>(await OpenAsync(live with { EndPoint = dead }, live));
        Assert.Equal(live, opened.Session.Target);
        Assert.Equal(dead, Assert.Single(opened.NotReached).Target.EndPoint);
        await opened.Session.DisposeAsync();
    }

    [Fact]
    public async Task An_address_that_swallows_packets_costs_a_moment_and_not_a_timeout()
    {
        // A full backlog of one: the kernel drops further SYNs, as a filter on the way would.
        using var full = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        var fillers = new List<System.Net.Sockets.Socket>();
        for (int i = 0; i < 3; i++)
        {
            var filler = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { Blocking = false };
            _ = filler.ConnectAsync(full.LocalEndPoint!);
            fillers.Add(filler);
        }

        await using var server = new ScriptedServer();
        SessionTarget live = ClientHarness.Target(server);
        var opened = Assert.IsType<SessionOpening.Opened>(await OpenAsync(live with { EndPoint = (IPEndPoint)full.LocalEndPoint! }, live));
        Assert.Equal(live, opened.Session.Target);
        await opened.Session.DisposeAsync();
        fillers.ForEach(f => f.Dispose());
    }

    [Fact]
    public async Task No_address_that_answers_is_told_of_each()
    {
        IPEndPoint one, two;
        await using (var a = new ScriptedServer())
        await using (var b = new ScriptedServer())
        {
            (one, two) = (a.EndPoint, b.EndPoint);
        }

        var target = new SessionTarget("mx.test", one, TlsPolicy.Opportunistic);
        var refused = Assert.IsType<SessionOpening.Refused>(await OpenAsync(target, target with { EndPoint = two }));
        Assert.Equal(2, refused.NotReached.Count);
        Assert.Null(refused.Target);
    }
}
