using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Signing;

namespace Ptt.Web.Roles;

/// <summary>Signs the relay's own reports by the same hop that signs everything else; what would go on to the relay is caught instead.</summary>
internal sealed class ReportSigner(ISigningKeys keys, DkimSigner signer, ILogger<SigningHop> logger) : IReportSigner
{
    public async ValueTask<ReportSigning> SignAsync(Envelope envelope, MessageContent report, CancellationToken cancellationToken)
    {
        var caught = new Catch();
        Reply reply = await new SigningHop(caught, keys, signer, logger).AcceptAsync(envelope, report, cancellationToken);
        return (reply.IsPositive, caught.Content) switch
        {
            (true, { } content) when content.Length > report.Length => new ReportSigning.Signed(content),   // fields were put on top
            (true, _) => new ReportSigning.NotOurs(),
            _ => new ReportSigning.Unavailable(),
        };
    }

    private sealed class Catch : INextHop
    {
        public MessageContent? Content { get; private set; }

        public ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
        {
            Content = content;
            return ValueTask.FromResult(Replies.Ok);
        }
    }
}
