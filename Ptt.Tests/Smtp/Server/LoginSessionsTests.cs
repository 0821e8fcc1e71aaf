using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Server;

namespace Ptt.Tests.Smtp.Server;

public sealed class LoginSessionsTests
{
    private static readonly Login Ada = new() { Address = Mailbox.Parse("ada@example.test"), MaxSessions = 2 };

    [Fact]
    public void A_login_has_so_many_sessions_and_no_more_until_one_ends()
    {
        var sessions = new LoginSessions();
        Assert.True(sessions.TryEnter(Ada) && sessions.TryEnter(Ada));
        Assert.False(sessions.TryEnter(Ada));
        Assert.True(sessions.TryEnter(Ada with { Address = Mailbox.Parse("bob@example.test") }));
        sessions.Leave(Ada);
        Assert.True(sessions.TryEnter(Ada));
        Assert.True(sessions.TryEnter(Ada with { MaxSessions = null }));
    }
}
