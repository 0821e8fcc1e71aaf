using Ptt.Mail;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Pipeline;

/// <summary>Whoever takes the message from here and answers for it (RFC 5321 §6.1).</summary>
public interface INextHop
{
    /// <summary>A positive reply means: the message is on disk somewhere, and someone will deliver or return it.</summary>
    ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken);
}
