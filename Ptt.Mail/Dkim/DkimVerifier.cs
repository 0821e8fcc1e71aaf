using System.Buffers;
using System.Security.Cryptography;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Dkim;

/// <summary>
/// Verifies the signatures of a message (RFC 6376 §6). The body is read once, in constant memory, for all of them.
/// </summary>
public sealed class DkimVerifier(IResolver resolver, TimeProvider time)
{
    /// <summary>More signatures than this are not looked at: each may cost a question to DNS and a verification (§8.4).</summary>
    public const int MaxSignatures = 16;

    /// <summary>How far ahead t= may lie: clocks differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>One result for each DKIM-Signature field, from the top; none for an unsigned message or one without a header.</summary>
    public async ValueTask<IReadOnlyList<DkimResult>> VerifyAsync(MessageContent content, CancellationToken cancellationToken)
    {
        if (await MessageHeader.ReadAsync(content, cancellationToken) is not HeaderReading.Read { Header: { } header })
        {
            return [];
        }

        var results = new List<DkimResult>();
        var candidates = new List<(int Place, DkimSignature Signature)>();
        for (int i = 0; i < header.Fields.Length && results.Count < MaxSignatures; i++)
        {
            if (!header.Fields[i].Is("DKIM-Signature"u8))
            {
                continue;
            }

            if (DkimSignature.TryParse(header.Fields[i], isArc: false, out DkimSignature? signature, out TagList? tags, out string fault))
            {
                candidates.Add((results.Count, signature));
                results.Add(Result(signature, DkimVerdict.Neutral, ""));
            }
            else
            {
                results.Add(new DkimResult(tags?["d"] ?? "", tags?["s"] ?? "", tags?["a"] ?? "", DkimVerdict.PermError, fault));
            }
        }

        List<BodyCheck> bodies = [.. candidates.Select(c => new BodyCheck(c.Signature))];
        await BodyHash.RunAsync(content, header, [.. bodies.Select(b => b.Canonicalizer)], cancellationToken);
        for (int i = 0; i < candidates.Count; i++)
        {
            results[candidates[i].Place] = await VerifyOneAsync(candidates[i].Signature, header, bodies[i], cancellationToken);
            bodies[i].Dispose();
        }

        return results;
    }

    /// <summary>Hash and signature against a key at hand; null is a pass, else what does not fit. Shared with ARC.</summary>
    internal static string? Check(DkimSignature signature, string fieldName, MessageHeader header, BodyCheck body, KeyRecord key)
    {
        if (!body.Matches())
        {
            return "the body was changed";
        }

        var fields = new ArrayBufferWriter<byte>(2048);
        SignedFields.Write(header, signature.HeaderNames, signature.Canonicalization.Header, fields, signature.Field);
        ReadOnlySpan<byte> name = signature.Canonicalization.Header == CanonicalizationAlgorithm.Simple
            ? signature.Field.Name : System.Text.Encoding.ASCII.GetBytes(fieldName);
        byte[] hash = HeaderHash.Of(fields.WrittenSpan, name, signature.Unsigned, signature.Canonicalization.Header);
        return key.Verify(hash, signature.Signature) ? null : "the signature does not fit the header";
    }

    /// <summary>Whether the key may be used for this signature; null is yes. Shared with ARC.</summary>
    internal static string? Unfit(KeyRecord key, string algorithm)
    {
        bool fits = (algorithm, key.KeyType) is ("rsa-sha256", DkimKeyType.Rsa) or ("ed25519-sha256", DkimKeyType.Ed25519);
        return key.IsRevoked ? "the key is revoked"
            : !fits ? "the key is of another algorithm"
            : key.Hashes is { } hashes && !hashes.Split(':').Contains("sha256") ? "the key does not allow sha256"
            : !key.Services.Split(':').Any(s => s is "*" or "email") ? "the key is not for mail"
            : key.Bits() is > 0 and < 1024 && key.KeyType == DkimKeyType.Rsa ? "the key has fewer than 1024 bits"   // RFC 8301 §3.2
            : key.Bits() == 0 ? "the key cannot be read"
            : null;
    }

    private async ValueTask<DkimResult> VerifyOneAsync(
        DkimSignature signature, MessageHeader header, BodyCheck body, CancellationToken cancellationToken)
    {
        if (signature.Algorithm is not ("rsa-sha256" or "ed25519-sha256"))
        {
            // RFC 8301 §3.1: rsa-sha1 must not be taken for a signature.
            return Result(signature, DkimVerdict.PermError, "the algorithm is not one of rsa-sha256, ed25519-sha256");
        }

        if (!IdentityFits(signature, out bool isBelow))
        {
            return Result(signature, DkimVerdict.PermError, "i= is not within d=");
        }

        DateTimeOffset now = time.GetUtcNow();
        if (signature.ExpiresAt < now)
        {
            return Result(signature, DkimVerdict.Policy, "the signature has expired");
        }

        if (signature.SignedAt > now + ClockSkew)
        {
            return Result(signature, DkimVerdict.Policy, "the signature is of the future");
        }

        switch (await KeyLookup.AskAsync(resolver, signature.KeyName, cancellationToken))
        {
            case KeyLookup.Unreachable unreachable:
                return Result(signature, DkimVerdict.TempError, unreachable.Detail);
            case KeyLookup.Unusable unusable:
                return Result(signature, DkimVerdict.PermError, unusable.Detail);
            case KeyLookup.Found { Record: { } key }:
                if (Unfit(key, signature.Algorithm) is { } unfit)
                {
                    return Result(signature, DkimVerdict.PermError, unfit);
                }

                if (isBelow && key.Flags.Split(':').Contains("s"))
                {
                    return Result(signature, DkimVerdict.PermError, "i= is below d= and the key forbids it");   // §3.6.1 t=s
                }

                return Check(signature, "DKIM-Signature", header, body, key) is { } misfit
                    ? Result(signature, DkimVerdict.Fail, misfit)
                    : Result(signature, DkimVerdict.Pass, key.Flags.Split(':').Contains("y") ? "the domain is testing DKIM" : "");
            default:
                throw new InvalidOperationException();
        }
    }

    private static bool IdentityFits(DkimSignature signature, out bool isBelow)
    {
        isBelow = false;
        if (signature.Identity.Length == 0)
        {
            return true;
        }

        int at = signature.Identity.LastIndexOf('@');
        if (at < 0 || !DomainName.TryParse(signature.Identity[(at + 1)..], out DomainName domain) || !domain.IsWithin(signature.Domain))
        {
            return false;
        }

        isBelow = domain != signature.Domain;
        return true;
    }

    private static DkimResult Result(DkimSignature signature, DkimVerdict verdict, string detail) =>
        new(signature.Domain.ToString(), signature.Selector, signature.Algorithm, verdict, detail);
}

/// <summary>The body hash that one signature asks for, while the body is read.</summary>
internal sealed class BodyCheck : IDisposable
{
    private readonly DkimSignature _signature;
    private readonly HashSink _sink;

    public BodyCheck(DkimSignature signature)
    {
        _signature = signature;
        _sink = new HashSink(signature.BodyLength ?? long.MaxValue);
        Canonicalizer = BodyCanonicalizer.Create(signature.Canonicalization.Body, _sink);
    }

    public BodyCanonicalizer Canonicalizer { get; }

    // §3.5 l=: a value larger than the canonical body makes the signature invalid.
    public bool Matches() => (_signature.BodyLength is not { } length || _sink.Length == length)
        && CryptographicOperations.FixedTimeEquals(_sink.ToHash(), _signature.BodyHash);

    public void Dispose() => _sink.Dispose();
}
