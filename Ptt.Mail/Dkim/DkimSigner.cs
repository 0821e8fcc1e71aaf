using System.Buffers;
using System.Globalization;
using System.Text;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Dkim;

/// <summary>
/// Makes the DKIM-Signature fields of a message (RFC 6376 §5). Body and signed fields are canonicalized and hashed once,
/// however many keys sign. The message must be regular already: CRLF line ends, no NUL.
/// </summary>
public sealed class DkimSigner(SigningPolicy policy, TimeProvider time)
{
    /// <summary>The fields to put in front, one for each key, in the order of the keys.</summary>
    public async ValueTask<byte[]> SignAsync(
        MessageContent content, MessageHeader header, IReadOnlyList<IDkimKey> keys, CancellationToken cancellationToken)
    {
        using var bodyHash = new HashSink();
        await BodyHash.RunAsync(
            content, header, [BodyCanonicalizer.Create(policy.Canonicalization.Body, bodyHash)], cancellationToken);

        List<string> names = policy.NamesFor(header);
        var fields = new ArrayBufferWriter<byte>(4096);
        SignedFields.Write(header, names, policy.Canonicalization.Header, fields);

        string middle = Times() + SignatureText.Names(names) + $";\r\n bh={Convert.ToBase64String(bodyHash.ToHash())};\r\n b=";
        var front = new ArrayBufferWriter<byte>(1024 * keys.Count);
        foreach (IDkimKey key in keys)
        {
            string algorithm = key.Algorithm == DkimAlgorithm.Ed25519Sha256 ? "ed25519-sha256" : "rsa-sha256";
            byte[] unsigned = Encoding.ASCII.GetBytes(
                $" v=1; a={algorithm}; c={policy.Canonicalization};\r\n d={key.Domain}; s={key.Selector}; {middle}");
            byte[] signature = key.SignHash(HeaderHash.Of(fields.WrittenSpan, "DKIM-Signature"u8, unsigned, policy.Canonicalization.Header));
            front.Write("DKIM-Signature:"u8);
            front.Write(unsigned);
            front.Write(SignatureText.Folded(signature));
        }

        return front.WrittenSpan.ToArray();
    }

    private string Times()
    {
        if (policy.Lifetime is not { } lifetime)
        {
            return string.Create(CultureInfo.InvariantCulture, $"t={time.GetUtcNow().ToUnixTimeSeconds()};\r\n h=");
        }

        long now = time.GetUtcNow().ToUnixTimeSeconds();
        return string.Create(CultureInfo.InvariantCulture, $"t={now}; x={now + (long)lifetime.TotalSeconds};\r\n h=");
    }
}
