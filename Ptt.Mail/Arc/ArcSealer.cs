using System.Buffers;
using System.Globalization;
using System.Text;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Arc;

/// <summary>
/// Adds an ARC set (RFC 8617 §5.1): what we found of a message before it goes on under a route that SPF and DKIM of its author do not cover. RSA only: the
/// RFC knows no other algorithm that everyone reads.
/// </summary>
public sealed class ArcSealer(SigningPolicy policy, TimeProvider time)
{
    /// <summary>
    /// The three fields to put in front, the seal on top. <paramref name="results"/> is an authres-payload (RFC 8601 §2.2): our name, then what was found; it may
    /// hold no line ends. Null where nothing may be added: after a chain that was sealed as failed, or after 50 instances.
    /// </summary>
    public async ValueTask<byte[]?> SealAsync(
        MessageContent content, MessageHeader header, IDkimKey key, string results, ChainValidation found, CancellationToken cancellationToken)
    {
        ArcChain chain = ArcChain.Read(header);
        int instance = chain.Sets.Count + 1;
        if (chain.Fault is not null || instance > ArcChain.MaxInstance || (instance == 1) != (found == ChainValidation.None)
            || chain.Sets is [.., var last] && TagList.TryParse(last.Seal.RawValue, out TagList? tags) && tags["cv"] == "fail")
        {
            return null;
        }

        long now = time.GetUtcNow().ToUnixTimeSeconds();
        byte[] authentication = FieldWriter.Write("ARC-Authentication-Results", $"i={instance}; {results}");
        byte[] signature = await SignAsync(content, header, key, instance, now, cancellationToken);

        var before = new ArrayBufferWriter<byte>(2048);
        if (found != ChainValidation.Fail)   // §5.1.2: a failed chain is sealed without what came before
        {
            ArcChain.WriteSealed(chain.Sets, instance, before);
        }

        Append(authentication, before);
        Append(signature, before);
        string cv = found.ToString().ToLowerInvariant();
        byte[] unsigned = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $" i={instance}; a=rsa-sha256; t={now}; cv={cv};\r\n d={key.Domain}; s={key.Selector};\r\n b="));
        byte[] seal = key.SignHash(HeaderHash.Of(before.WrittenSpan, "ARC-Seal"u8, unsigned, CanonicalizationAlgorithm.Relaxed));
        return [.. "ARC-Seal:"u8, .. unsigned, .. SignatureText.Folded(seal), .. signature, .. authentication];
    }

    private async ValueTask<byte[]> SignAsync(
        MessageContent content, MessageHeader header, IDkimKey key, int instance, long now, CancellationToken cancellationToken)
    {
        using var hash = new HashSink();
        await BodyHash.RunAsync(content, header, [BodyCanonicalizer.Create(CanonicalizationAlgorithm.Relaxed, hash)], cancellationToken);
        List<string> names = policy.NamesFor(header);
        names.AddRange(Enumerable.Repeat("DKIM-Signature", header.Count("DKIM-Signature"u8)));   // §4.1.2
        var fields = new ArrayBufferWriter<byte>(4096);
        SignedFields.Write(header, names, CanonicalizationAlgorithm.Relaxed, fields);
        byte[] unsigned = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $" i={instance}; a=rsa-sha256; c=relaxed/relaxed; d={key.Domain};\r\n s={key.Selector}; t={now};\r\n h={SignatureText.Names(names)};\r\n bh={Convert.ToBase64String(hash.ToHash())};\r\n b="));
        byte[] signature = key.SignHash(HeaderHash.Of(fields.WrittenSpan, "ARC-Message-Signature"u8, unsigned, CanonicalizationAlgorithm.Relaxed));
        return [.. "ARC-Message-Signature:"u8, .. unsigned, .. SignatureText.Folded(signature)];
    }

    private static void Append(byte[] field, ArrayBufferWriter<byte> output)
    {
        int colon = field.AsSpan().IndexOf((byte)':');
        ArcChain.WriteField(field.AsSpan(0, colon), field.AsSpan((colon + 1)..^2), output);
    }
}
