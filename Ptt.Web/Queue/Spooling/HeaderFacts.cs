using System.Buffers;
using System.Text;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// What a person looks a message up by, as it stands in the header: unfolded, bounded, without control characters. It
/// is text of strangers.
/// </summary>
internal sealed record HeaderFacts(string? From, string? Subject, string? MessageId)
{
    public const int HeadLength = 32 * 1024;
    private const int MaxLength = 320;

    public static readonly HeaderFacts None = new(null, null, null);

    /// <summary>Reads the first <see cref="HeadLength"/> octets of a message; the first field of each name counts.</summary>
    public static HeaderFacts Read(ReadOnlySpan<byte> head)
    {
        string? from = null;
        string? subject = null;
        string? messageId = null;
        while (!head.IsEmpty && head[0] is not ((byte)'\r' or (byte)'\n'))
        {
            int end = EndOfField(head);
            ReadOnlySpan<byte> field = head[..end];
            switch (field[0] | 0x20)
            {
                case 'f' when from is null && Has(field, "from"u8):
                    from = Value(field[4..]);
                    break;
                case 's' when subject is null && Has(field, "subject"u8):
                    subject = Value(field[7..]);
                    break;
                case 'm' when messageId is null && Has(field, "message-id"u8):
                    messageId = Value(field[10..]);
                    break;
            }

            head = head[end..];
        }

        return from is null && subject is null && messageId is null ? None : new HeaderFacts(from, subject, messageId);
    }

    /// <summary>A field ends at the line end that no white space follows (RFC 5322 §2.2.3).</summary>
    private static int EndOfField(ReadOnlySpan<byte> head)
    {
        for (int at = 0; ;)
        {
            int lf = head[at..].IndexOf((byte)'\n');
            if (lf < 0)
            {
                return head.Length;
            }

            at += lf + 1;
            if (at == head.Length || head[at] is not ((byte)' ' or (byte)'\t'))
            {
                return at;
            }
        }
    }

    private static bool Has(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name) =>
        field.Length > name.Length && Ascii.EqualsIgnoreCase(field[..name.Length], name)
        && field[name.Length..].TrimStart(" \t"u8) is [(byte)':', ..];

    private static string? Value(ReadOnlySpan<byte> rest)
    {
        ReadOnlySpan<byte> value = rest[(rest.IndexOf((byte)':') + 1)..];
        Span<char> text = stackalloc char[MaxLength];
        int length = 0;
        bool blank = true;   // leading white space is not part of it
        while (!value.IsEmpty && length < MaxLength - 1)
        {
            OperationStatus status = Rune.DecodeFromUtf8(value, out Rune rune, out int consumed);
            value = value[consumed..];
            bool space = status == OperationStatus.Done && (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune));
            if (space && blank)
            {
                continue;
            }

            blank = space;
            length += (space ? new Rune(' ') : rune).EncodeToUtf16(text[length..]);
        }

        string result = new string(text[..length]).TrimEnd();
        return result.Length == 0 ? null : result;
    }
}
