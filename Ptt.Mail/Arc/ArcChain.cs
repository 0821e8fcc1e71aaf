using System.Buffers;
using System.Globalization;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Arc;

/// <summary>cv= of a seal (RFC 8617 §4.1.3): what the sealer found of the chain before it.</summary>
public enum ChainValidation
{
    None,
    Pass,
    Fail,
}

/// <summary>The three fields of one instance (RFC 8617 §4.2).</summary>
public sealed record ArcSet(int Instance, HeaderField AuthenticationResults, HeaderField MessageSignature, HeaderField Seal);

/// <summary>The ARC sets of a message in their order, from 1. A chain that is not whole has a <see cref="Fault"/> and no sets.</summary>
public sealed record ArcChain(IReadOnlyList<ArcSet> Sets, string? Fault)
{
    /// <summary>RFC 8617 §4.2.1.</summary>
    public const int MaxInstance = 50;

    public static ArcChain Read(MessageHeader header)
    {
        var fields = new Dictionary<(int Instance, int Kind), HeaderField>();
        int highest = 0;
        foreach (HeaderField field in header.Fields)
        {
            int kind = field.Is("ARC-Authentication-Results"u8) ? 0 : field.Is("ARC-Message-Signature"u8) ? 1 : field.Is("ARC-Seal"u8) ? 2 : -1;
            if (kind < 0)
            {
                continue;
            }

            if (InstanceOf(field, kind) is not (>= 1 and <= MaxInstance and var instance))
            {
                return new ArcChain([], "a field has no instance from 1 to 50");
            }

            if (!fields.TryAdd((instance, kind), field))
            {
                return new ArcChain([], $"instance {instance} has a field twice");
            }

            highest = Math.Max(highest, instance);
        }

        if (fields.Count != highest * 3)
        {
            return new ArcChain([], "an instance is not whole");   // §5.2 step 3: complete and continuous
        }

        return new ArcChain(
            [.. Enumerable.Range(1, highest).Select(i => new ArcSet(i, fields[(i, 0)], fields[(i, 1)], fields[(i, 2)]))], null);
    }

    /// <summary>What a seal signs before itself (§5.1.1): the sets in ascending order, each as results, signature, seal, relaxed.</summary>
    internal static void WriteSealed(IEnumerable<ArcSet> sets, int upTo, IBufferWriter<byte> output)
    {
        foreach (ArcSet set in sets.Where(s => s.Instance <= upTo))
        {
            WriteField(set.AuthenticationResults.Name, set.AuthenticationResults.RawValue, output);
            WriteField(set.MessageSignature.Name, set.MessageSignature.RawValue, output);
            if (set.Instance < upTo)
            {
                WriteField(set.Seal.Name, set.Seal.RawValue, output);
            }
        }
    }

    internal static void WriteField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        RelaxedHeader.Write(name, value, output);
        output.Write("\r\n"u8);
    }

    // The results begin with the instance and go on as a stranger wrote them; the other two are tag lists.
    private static int? InstanceOf(HeaderField field, int kind)
    {
        string? text = kind == 0 ? field.Unfold().Split(';')[0].Split('=') is [var name, var value] && name.Trim() == "i" ? value.Trim() : null
            : TagList.TryParse(field.RawValue, out TagList? tags) ? tags["i"] : null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int instance) ? instance : null;
    }
}
