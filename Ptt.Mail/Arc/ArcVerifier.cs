using System.Buffers;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Arc;

/// <summary>What became of a chain. <paramref name="IsTemporary"/>: a key could not be asked for, so that nothing is known.</summary>
public sealed record ArcResult(ChainValidation Validation, int Instances, string Detail, bool IsTemporary = false);

/// <summary>Verifies the ARC sets of a message (RFC 8617 §5.2): every seal, and the newest message signature.</summary>
public sealed class ArcVerifier(IResolver resolver)
{
    public async ValueTask<ArcResult> VerifyAsync(MessageContent content, CancellationToken cancellationToken)
    {
        if (await MessageHeader.ReadAsync(content, cancellationToken) is not HeaderReading.Read { Header: { } header })
        {
            return new ArcResult(ChainValidation.None, 0, "there is no header");
        }

        ArcChain chain = ArcChain.Read(header);
        if (chain.Fault is not null || chain.Sets.Count == 0)
        {
            return new ArcResult(chain.Fault is null ? ChainValidation.None : ChainValidation.Fail, 0, chain.Fault ?? "");
        }

        // §5.2 steps 2 and 3, before anything is asked or hashed.
        foreach (ArcSet set in chain.Sets)
        {
            string? cv = TagList.TryParse(set.Seal.RawValue, out TagList? tags) ? tags["cv"] : null;
            if (cv != (set.Instance == 1 ? "none" : "pass"))
            {
                return Fail(chain, $"seal {set.Instance} says cv={cv}");
            }
        }

        if (await CheckMessageAsync(content, header, chain.Sets[^1], cancellationToken) is { } misfit)
        {
            return misfit with { Instances = chain.Sets.Count };
        }

        for (int i = chain.Sets.Count; i >= 1; i--)
        {
            if (await CheckSealAsync(chain, chain.Sets[i - 1], cancellationToken) is { } broken)
            {
                return broken with { Instances = chain.Sets.Count };
            }
        }

        return new ArcResult(ChainValidation.Pass, chain.Sets.Count, "");
    }

    private async ValueTask<ArcResult?> CheckMessageAsync(
        MessageContent content, MessageHeader header, ArcSet set, CancellationToken cancellationToken)
    {
        if (!DkimSignature.TryParse(set.MessageSignature, isArc: true, out DkimSignature? signature, out _, out string fault))
        {
            return Fail(set, $"message signature {set.Instance}: {fault}");
        }

        if (signature.HeaderNames.Contains("ARC-Seal", StringComparer.OrdinalIgnoreCase))
        {
            return Fail(set, $"message signature {set.Instance} signs a seal");   // §4.1.2
        }

        (KeyRecord? key, ArcResult? missing) = await KeyAsync(set, signature.KeyName, signature.Algorithm, cancellationToken);
        if (key is null)
        {
            return missing;
        }

        using var body = new BodyCheck(signature);
        await BodyHash.RunAsync(content, header, [body.Canonicalizer], cancellationToken);
        return DkimVerifier.Check(signature, "ARC-Message-Signature", header, body, key) is { } misfit
            ? Fail(set, $"message signature {set.Instance}: {misfit}") : null;
    }

    private async ValueTask<ArcResult?> CheckSealAsync(ArcChain chain, ArcSet set, CancellationToken cancellationToken)
    {
        if (!TagList.TryParse(set.Seal.RawValue, out TagList? tags) || tags["h"] is not null || tags["a"] is not { } algorithm
            || !DkimSignature.TryBase64(tags.Compact("b") ?? "", out byte[] signature)
            || !DomainName.TryParse($"{tags["s"]}._domainkey.{tags["d"]}", out DomainName keyName))
        {
            return Fail(set, $"seal {set.Instance} cannot be read");
        }

        (KeyRecord? key, ArcResult? missing) = await KeyAsync(set, keyName, algorithm, cancellationToken);
        if (key is null)
        {
            return missing;
        }

        var fields = new ArrayBufferWriter<byte>(4096);
        ArcChain.WriteSealed(chain.Sets, set.Instance, fields);
        (int start, int end) = tags.RangeOf("b");
        byte[] unsigned = [.. set.Seal.RawValue[..start], .. set.Seal.RawValue[end..]];
        return key.Verify(HeaderHash.Of(fields.WrittenSpan, set.Seal.Name, unsigned, CanonicalizationAlgorithm.Relaxed), signature)
            ? null : Fail(set, $"seal {set.Instance} does not fit");
    }

    private async ValueTask<(KeyRecord? Key, ArcResult? Missing)> KeyAsync(
        ArcSet set, DomainName keyName, string algorithm, CancellationToken cancellationToken) =>
        await KeyLookup.AskAsync(resolver, keyName, cancellationToken) switch
        {
            KeyLookup.Found found when DkimVerifier.Unfit(found.Record, algorithm) is null => (found.Record, null),
            KeyLookup.Found found => (null, Fail(set, DkimVerifier.Unfit(found.Record, algorithm)!)),
            KeyLookup.Unreachable unreachable => (null, Fail(set, unreachable.Detail) with { IsTemporary = true }),
            KeyLookup.Unusable unusable => (null, Fail(set, unusable.Detail)),
            _ => throw new InvalidOperationException(),
        };

    private static ArcResult Fail(ArcSet set, string detail) => new(ChainValidation.Fail, set.Instance, detail);

    private static ArcResult Fail(ArcChain chain, string detail) => new(ChainValidation.Fail, chain.Sets.Count, detail);
}
