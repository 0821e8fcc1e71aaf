using System.Runtime.CompilerServices;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;

namespace Ptt.Web.Users.Sending;

/// <summary>
/// Before the submission role: a session asks at each command whether its login is still good, but the end of data is no command. What a
/// client was sending while its right was taken away is refused here, and ends the session.
/// </summary>
internal sealed class RevocableHop(INextHop next, IAuthenticator authenticator, SubmissionsUnderWay underWay) : INextHop
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        if (envelope.Origin is not { Client: not null, Login: { } login })
        {
            return await next.AcceptAsync(envelope, content, cancellationToken);   // our own mail
        }

        using (underWay.Enter(login.Address))   // before we ask, so that nobody slips between
        {
            return authenticator.IsCurrent(login) ? await next.AcceptAsync(envelope, content, cancellationToken) : Replies.LoginRevoked;
        }
    }
}
