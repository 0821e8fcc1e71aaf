using Ptt.Mail;

namespace Ptt.Smtp.Relay;

/// <summary>
/// Signs again what has waited so long that its signatures may end on the way (x=, RFC 6376 §3.5): mail that an administrator held. Implemented in <c>Roles/</c> with the signing
/// hop, where the signer is in this process.
/// </summary>
public interface ISignatureRenewal
{
    /// <summary>What to send: the content as it is, or with fresh signatures on top. Null: it must be signed again and cannot be now.</summary>
    ValueTask<MessageContent?> RenewAsync(Delivery delivery, MessageContent content, TimeSpan age, CancellationToken cancellationToken);
}
