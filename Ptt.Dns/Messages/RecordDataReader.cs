using System.Net;
using System.Text;

namespace Ptt.Dns.Messages;

/// <summary>RDATA to a value. What does not have the form of its type keeps its octets, so that one odd record does not cost the whole answer.</summary>
internal static class RecordDataReader
{
    public static RecordData Read(ReadOnlySpan<byte> message, in RawRecord raw)
    {
        // Names in RDATA may point back into the message, so the reader gets all of it up to the end of this record.
        var reader = new MessageReader(message[..(raw.DataStart + raw.DataLength)]) { Position = raw.DataStart };
        ReadOnlySpan<byte> octets = message.Slice(raw.DataStart, raw.DataLength);
        RecordData? data = raw.Type switch
        {
            RecordType.A when octets.Length == 4 => new RecordData.Address(new IPAddress(octets)),
            RecordType.Aaaa when octets.Length == 16 => new RecordData.Address(new IPAddress(octets)),
            RecordType.NS or RecordType.CName or RecordType.Ptr => Name(ref reader),
            RecordType.Mx => Mx(ref reader),
            RecordType.Srv => Srv(ref reader),
            RecordType.Soa => Soa(ref reader),
            RecordType.Txt => Txt(octets),
            RecordType.Tlsa when octets.Length > 3 => new RecordData.Tlsa(octets[0], octets[1], octets[2], octets[3..].ToArray()),
            RecordType.Caa => Caa(octets),
            _ => null,
        };
        return data is null || (reader.Remaining != 0 && reader.Position != raw.DataStart) ? new RecordData.Unknown(octets.ToArray()) : data;
    }

    private static RecordData.Name? Name(ref MessageReader reader) =>
        reader.TryReadName(out DomainName name, out bool isNamed) && isNamed ? new RecordData.Name(name) : null;

    private static RecordData.Mx? Mx(ref MessageReader reader) =>
        reader.TryReadUInt16(out ushort preference) && reader.TryReadName(out DomainName exchange, out bool isNamed) && isNamed
            ? new RecordData.Mx(preference, exchange)
            : null;

    private static RecordData.Srv? Srv(ref MessageReader reader) =>
        reader.TryReadUInt16(out ushort priority) && reader.TryReadUInt16(out ushort weight) && reader.TryReadUInt16(out ushort port)
        && reader.TryReadName(out DomainName target, out bool isNamed) && isNamed
            ? new RecordData.Srv(priority, weight, port, target)
            : null;

    private static RecordData.Soa? Soa(ref MessageReader reader)
    {
        // The mailbox may hold a quoted dot; nobody needs it to know the serial, so such a one is left empty.
        if (!reader.TryReadName(out DomainName primary, out _) || !reader.TryReadName(out DomainName mailbox, out _)
            || !reader.TryReadUInt32(out uint serial) || !reader.TryReadUInt32(out uint refresh) || !reader.TryReadUInt32(out uint retry)
            || !reader.TryReadUInt32(out uint expire) || !reader.TryReadUInt32(out uint minimum))
        {
            return null;
        }

        return new RecordData.Soa(
            primary, mailbox, serial, TimeSpan.FromSeconds(refresh), TimeSpan.FromSeconds(retry), TimeSpan.FromSeconds(expire), TimeSpan.FromSeconds(minimum));
    }

    private static RecordData.Txt? Txt(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            return null;
        }

        var text = new StringBuilder(octets.Length);
        while (!octets.IsEmpty)
        {
            int length = octets[0];
            if (length >= octets.Length)
            {
                return null;
            }

            text.Append(Encoding.Latin1.GetString(octets.Slice(1, length)));
            octets = octets[(1 + length)..];
        }

        return new RecordData.Txt(text.ToString());
    }

    /// <summary>RFC 8659 §4.1.</summary>
    private static RecordData.Caa? Caa(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 2 || octets[1] is 0 || octets.Length < 2 + octets[1])
        {
            return null;
        }

        int tag = octets[1];
        return new RecordData.Caa(octets[0], Encoding.Latin1.GetString(octets.Slice(2, tag)), Encoding.Latin1.GetString(octets[(2 + tag)..]));
    }
}
