using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Tests.Support;
using Ptt.Web.Users.Sending;

namespace Ptt.Tests.Web.Users;

public sealed class RevocableHopTests : INextHop
{
    private static readonly Login Ada = new() { Address = Mailbox.Parse("ada@example.org"), Version = "none that is in force" };

    private int _asked;

    [Fact]
    public async Task A_revocation_waits_for_the_messages_of_that_login_and_for_no_others()
    {
        var underWay = new SubmissionsUnderWay(TimeProvider.System);
        IDisposable first = underWay.Enter(Ada.Address), second = underWay.Enter(Ada.Address);

        await underWay.DrainAsync(Mailbox.Parse("bob@example.org"));
        Task drained = underWay.DrainAsync(Ada.Address);
        using IDisposable late = underWay.Enter(Ada.Address);              // asks after the deny list was written: refused by itself
        first.Dispose();
        Assert.False(drained.IsCompleted);
        second.Dispose();
        await drained;
    }

    [Fact]
    public async Task It_does_not_wait_for_ever()
    {
        var time = new ManualTime();
        var underWay = new SubmissionsUnderWay(time);
        using IDisposable stuck = underWay.Enter(Ada.Address);
        Task drained = underWay.DrainAsync(Ada.Address);
        Assert.False(drained.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(21));
        await drained;
    }

    [Theory]
    [InlineData(true, 421, 0)]
    [InlineData(false, 250, 1)]
    public async Task A_client_whose_login_is_gone_is_refused_and_mail_of_our_own_is_not(bool fromClient, int code, int asked)
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org" });
        var hop = new RevocableHop(this, host.Services.GetRequiredService<IAuthenticator>(), new SubmissionsUnderWay(host.Time));
        var envelope = new Envelope
        {
            ReversePath = Ada.Address, Recipients = [new Recipient(Mailbox.Parse("bob@example.com"))],
            Origin = new Origin { ReceivedAt = host.Time.GetUtcNow(), SessionId = "s", Client = fromClient ? IPAddress.Loopback : null, Login = Ada },
        };

        Reply reply = await hop.AcceptAsync(envelope, MessageContent.FromMemory("From: ada@example.org\r\n\r\n"u8.ToArray()), default);

        Assert.Equal((code, asked), (reply.Code, _asked));
    }

    ValueTask<Reply> INextHop.AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        _asked++;
        return ValueTask.FromResult(Replies.Ok);
    }
}
