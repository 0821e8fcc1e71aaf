using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Keys;

namespace Ptt.Web.Roles;

/// <summary>
/// Past half of a signature's time fresh ones go on top; the old ones stay and harm nobody. While no key can sign, the old ones do as long as they are good for two more
/// days; then the mail waits. The record of a key outlives its signatures, so a rotation in between changes nothing.
/// </summary>
internal sealed class SignatureRenewal(IReportSigner signer, IOptions<KeysOptions> keys) : ISignatureRenewal
{
    private static readonly TimeSpan Transit = TimeSpan.FromDays(2);

    public async ValueTask<MessageContent?> RenewAsync(Delivery delivery, MessageContent content, TimeSpan age, CancellationToken cancellationToken)
    {
        TimeSpan lifetime = keys.Value.RetireFor;
        if (age <= lifetime / 2)
        {
            return content;
        }

        return await signer.SignAsync(delivery.Envelope, content, cancellationToken) switch
        {
            ReportSigning.Signed signed => signed.Content,
            ReportSigning.Unavailable when age > lifetime - Transit => null,
            _ => content,
        };
    }
}
