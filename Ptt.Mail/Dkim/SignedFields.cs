using System.Buffers;
using System.Text;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Dkim;

/// <summary>
/// h= and what it stands for: names in order, each of which takes the lowest field of its name that was not taken yet
/// (RFC 6376 §5.4.2). A name too many stands for no field, and forbids that one is added later (over-signing).
/// </summary>
public static class SignedFields
{
    /// <summary>
    /// Writes the canonical form of the fields that <paramref name="names"/> takes from the header; <paramref name="except"/>
    /// is the signature itself, which no name takes (RFC 6376 §3.7).
    /// </summary>
    public static void Write(
        MessageHeader header, IReadOnlyList<string> names, CanonicalizationAlgorithm algorithm, IBufferWriter<byte> output,
        HeaderField except = default)
    {
        ReadOnlySpan<HeaderField> fields = header.Fields;
        var nextBelow = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        Span<byte> buffer = stackalloc byte[128];
        foreach (string name in names)
        {
            Span<byte> ascii = name.Length <= buffer.Length ? buffer[..name.Length] : new byte[name.Length];
            Encoding.ASCII.GetBytes(name, ascii);
            int at = nextBelow.GetValueOrDefault(name, fields.Length) - 1;
            while (at >= 0 && (!fields[at].Is(ascii) || (except.End > 0 && fields[at].Start == except.Start)))
            {
                at--;
            }

            nextBelow[name] = Math.Max(at, 0);
            if (at >= 0)
            {
                WriteField(fields[at], algorithm, output);
            }
        }
    }

    private static void WriteField(in HeaderField field, CanonicalizationAlgorithm algorithm, IBufferWriter<byte> output)
    {
        if (algorithm == CanonicalizationAlgorithm.Simple)
        {
            output.Write(field.Octets.Span);   // §3.4.1: no change at all
            return;
        }

        RelaxedHeader.Write(field.Name, field.RawValue, output);
        output.Write("\r\n"u8);
    }
}
