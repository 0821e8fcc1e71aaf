using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;

namespace Ptt.Web.Sandbox;

/// <summary>
/// The last hop of the sandbox's world: keeps every message in the inbox, with what its signatures are worth against the sandbox's DNS. A recipient
/// <c>slow@</c> makes it think for a while first.
/// </summary>
internal sealed class SandboxHop(SandboxInbox inbox, DkimVerifier verifier, TimeProvider time) : INextHop
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(15);

    private static readonly EnhancedStatusCode Fine = new(0, 0);

    public async ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        if (envelope.Recipients.Any(r => r.Address.LocalPart.Value == "slow"))
        {
            await Task.Delay(Slow, time, cancellationToken);
        }

        byte[] raw = new byte[content.Length];
        await using (Stream stream = content.OpenRead())
        {
            await stream.ReadExactlyAsync(raw, cancellationToken);
        }

        IReadOnlyList<DkimResult> signatures = await verifier.VerifyAsync(content, cancellationToken);
        MessageHeader? header = await MessageHeader.ReadAsync(content, cancellationToken) is HeaderReading.Read { Header: { } read } ? read : null;
        var message = new SandboxMessage
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N"),
            ReceivedAt = time.GetUtcNow(),
            MailFrom = envelope.ReversePath?.ToString() ?? "",
            RcptTo = [.. envelope.Recipients.Select(r => r.Address.ToString())],
            Subject = EncodedWords.Decode(Text(header, "Subject"u8)),
            From = EncodedWords.Decode(Text(header, "From"u8)),
            Tls = envelope.Origin.Tls,
            Raw = raw,
            Signatures = [.. signatures.Select(s => new SandboxSignature(s.Domain, s.Selector, s.Algorithm, s.Word, s.Detail.Length > 0 ? s.Detail : null))],
        };
        inbox.Add(message);
        return new Reply(250, Fine, "Kept as " + message.Id);
    }

    private static string Text(MessageHeader? header, ReadOnlySpan<byte> name) => header?.TryFind(name, out HeaderField field) == true ? field.Unfold() : "";
}
