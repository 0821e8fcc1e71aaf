using System.Buffers;
using System.Security.Cryptography;

namespace Ptt.Mail.Dkim;

/// <summary>The hash that a signature signs (RFC 6376 §3.7 step 2): the signed fields, then the signature's own field.</summary>
internal static class HeaderHash
{
    /// <summary><paramref name="unsigned"/> is the value of the signature's field with b= empty; its CRLF is not hashed.</summary>
    public static byte[] Of(
        ReadOnlySpan<byte> fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> unsigned, CanonicalizationAlgorithm algorithm)
    {
        var data = new ArrayBufferWriter<byte>(fields.Length + name.Length + 1 + unsigned.Length);
        data.Write(fields);
        if (algorithm == CanonicalizationAlgorithm.Relaxed)
        {
            RelaxedHeader.Write(name, unsigned, data);
        }
        else
        {
            data.Write(name);
            data.Write(":"u8);
            data.Write(unsigned);
        }

        return SHA256.HashData(data.WrittenSpan);
    }
}
