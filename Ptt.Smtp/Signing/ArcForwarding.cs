using Ptt.Dns.Resolving;
using Ptt.Mail;
using Ptt.Mail.Arc;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;
using Ptt.Smtp.Pipeline;

namespace Ptt.Smtp.Signing;

/// <summary>
/// Seals with ARC (RFC 8617) what the expansion of aliases sends on, and what came with a chain: there the author's SPF will not hold, and a list or a further
/// forwarder may break the signature. Other mail goes without; its own signature is all that a receiver needs.
/// </summary>
/// <param name="authservId">Our name in the results (RFC 8601 §2.5).</param>
public sealed class ArcForwarding(ArcSealer sealer, IResolver resolver, string authservId)
{
    private readonly ArcVerifier _verifier = new(resolver);

    /// <summary>The message with a set on top, or as it is where none is due or possible.</summary>
    /// <param name="before">The header as it was before it was signed.</param>
    public async ValueTask<MessageContent> SealAsync(
        Envelope envelope, MessageContent signed, MessageHeader before, IReadOnlyList<IDkimKey> keys, CancellationToken cancellationToken)
    {
        if (!(before.TryFind("ARC-Seal"u8, out _) || envelope.Recipients.Any(IsForwarded))
            || keys.FirstOrDefault(k => k.Algorithm == DkimAlgorithm.RsaSha256) is not { } key
            || await MessageHeader.ReadAsync(signed, cancellationToken) is not HeaderReading.Read { Header: { } header })
        {
            return signed;
        }

        ArcResult found = await _verifier.VerifyAsync(signed, cancellationToken);
        if (found.IsTemporary)
        {
            return signed;   // nothing is known of the chain: to say so would break it for good
        }

        string auth = envelope.Origin.Login is not null && envelope.ReversePath is { } path ? $"auth=pass smtp.mailfrom={path}; " : "";
        string results = $"{authservId}; {auth}dkim=pass header.d={key.Domain} header.s={key.Selector}; arc={found.Validation.ToString().ToLowerInvariant()}";
        byte[]? fields = await sealer.SealAsync(signed, header, key, results, found.Validation, cancellationToken);
        return fields is null ? signed : signed.WithFront(fields);
    }

    // RFC 3461 §4.2: the original recipient of an alias is the alias.
    private static bool IsForwarded(Recipient recipient) =>
        recipient.OriginalRecipient is { } original && !original.EndsWith(";" + recipient.Address, StringComparison.OrdinalIgnoreCase);
}
