using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Ptt.Web.Http;

/// <summary>
/// Where the next page begins: the sort key of the last row, opaque to the caller. A page that is read by key neither skips
/// nor repeats a row when others come and go.
/// </summary>
public static class Cursor
{
    public static string Encode(params string[] key) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(key));

    public static bool TryDecode(string? cursor, int parts, [NotNullWhen(true)] out string[]? key)
    {
        key = null;
        try
        {
            key = cursor is null or { Length: > 2048 } ? null : JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(cursor));
        }
        catch (Exception fault) when (fault is FormatException or JsonException or DecoderFallbackException)
        {
            return false;
        }

        return key is not null && key.Length == parts && Array.TrueForAll(key, k => k is not null);
    }
}
