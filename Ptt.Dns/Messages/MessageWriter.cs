using System.Buffers.Binary;
using System.Text;

namespace Ptt.Dns.Messages;

/// <summary>One message to octets, its names compressed (RFC 1035 §4.1.4; in RDATA only for the types of that RFC, as RFC 3597 §4 asks).</summary>
internal sealed class MessageWriter
{
    private readonly Dictionary<string, int> _suffixes = new(StringComparer.Ordinal);
    private byte[] _octets = new byte[512];
    private int _length;

    public byte[] Write(DnsMessage message)
    {
        WriteUInt16(message.Id);
        WriteUInt16(Flags(message));
        WriteUInt16(message.Questions.Count);
        WriteUInt16(message.Answers.Count);
        WriteUInt16(message.Authority.Count);
        WriteUInt16(message.Additional.Count + (message.Edns is null ? 0 : 1));
        foreach (Question question in message.Questions)
        {
            WriteName(question.Name);
            WriteUInt16((int)question.Type);
            WriteUInt16((int)question.Class);
        }

        foreach (ResourceRecord record in message.Answers.Concat(message.Authority).Concat(message.Additional))
        {
            Write(record);
        }

        if (message.Edns is { } edns)
        {
            WriteOpt(edns, message.ResponseCode);
        }

        return _length <= DnsMessage.MaxLength
            ? _octets.AsSpan(0, _length).ToArray()
            : throw new InvalidOperationException("A DNS message is at most 65535 octets long.");
    }

    /// <summary>A name as TSIG digests it and as it may always be written: whole and in lower case (RFC 8945 §4.3.3, RFC 4034 §6.2).</summary>
    public static byte[] CanonicalName(DomainName name)
    {
        var writer = new MessageWriter();
        writer.WriteName(name, compress: false);
        return writer._octets[..writer._length];
    }

    private static int Flags(DnsMessage message) =>
        Bit(message.IsResponse, 15) | ((int)message.Opcode << 11) | Bit(message.IsAuthoritative, 10) | Bit(message.IsTruncated, 9)
        | Bit(message.RecursionDesired, 8) | Bit(message.RecursionAvailable, 7) | Bit(message.AuthenticData, 5)
        | Bit(message.CheckingDisabled, 4) | ((int)message.ResponseCode & 0xF);

    private static int Bit(bool set, int position) => set ? 1 << position : 0;

    private void Write(ResourceRecord record)
    {
        WriteName(record.Name);
        WriteUInt16((int)record.Type);
        WriteUInt16((int)record.Class);
        WriteUInt32((uint)Math.Clamp(record.Ttl.TotalSeconds, 0, int.MaxValue));
        WriteUInt16(0);
        int start = _length;
        Write(record.Data);
        if (_length - start > ushort.MaxValue)
        {
            throw new InvalidOperationException("RDATA is at most 65535 octets long.");
        }

        BinaryPrimitives.WriteUInt16BigEndian(_octets.AsSpan(start - 2), (ushort)(_length - start));
    }

    private void Write(RecordData data)
    {
        switch (data)
        {
            case RecordData.Address(var address):
                Write(address.GetAddressBytes());
                break;
            case RecordData.Name(var name):
                WriteName(name);
                break;
            case RecordData.Mx(var preference, var exchange):
                WriteUInt16(preference);
                WriteName(exchange);
                break;
            case RecordData.Srv(var priority, var weight, var port, var target):
                WriteUInt16(priority);
                WriteUInt16(weight);
                WriteUInt16(port);
                WriteName(target, compress: false);   // RFC 2782: the target is never compressed
                break;
            case RecordData.Soa soa:
                WriteName(soa.Primary);
                WriteName(soa.Mailbox);
                WriteUInt32(soa.Serial);
                WriteUInt32((uint)soa.Refresh.TotalSeconds);
                WriteUInt32((uint)soa.Retry.TotalSeconds);
                WriteUInt32((uint)soa.Expire.TotalSeconds);
                WriteUInt32((uint)soa.Minimum.TotalSeconds);
                break;
            case RecordData.Txt(var text):
                foreach (string part in RecordText.Strings(text))
                {
                    Write([(byte)part.Length, .. Encoding.Latin1.GetBytes(part)]);
                }

                break;
            case RecordData.Tlsa tlsa:
                Write([tlsa.Usage, tlsa.Selector, tlsa.Matching, .. tlsa.Association.Span]);
                break;
            case RecordData.Caa(var flags, var tag, var value):
                Write([flags, (byte)tag.Length, .. Encoding.Latin1.GetBytes(tag), .. Encoding.Latin1.GetBytes(value)]);
                break;
            case RecordData.Unknown(var octets):
                Write(octets.Span);
                break;
            default:
                throw new NotSupportedException(data.GetType().Name);
        }
    }

    /// <summary>RFC 6891 §6.1.2: the class is the payload size, the TTL the upper bits of RCODE, the version and DO.</summary>
    private void WriteOpt(Edns edns, ResponseCode code)
    {
        Write([0]);
        WriteUInt16((int)RecordType.Opt);
        WriteUInt16(edns.PayloadSize);
        WriteUInt32(((uint)code >> 4 << 24) | ((uint)edns.Version << 16) | (edns.DnssecOk ? 0x8000u : 0));
        WriteUInt16(0);
    }

    private void WriteName(DomainName name, bool compress = true)
    {
        string rest = name.ToString();
        while (rest.Length > 0)
        {
            if (compress && _suffixes.TryGetValue(rest, out int offset))
            {
                WriteUInt16(0xC000 | offset);
                return;
            }

            if (_length < 0x4000)
            {
                _suffixes.TryAdd(rest, _length);
            }

            int dot = rest.IndexOf('.', StringComparison.Ordinal);
            string label = dot < 0 ? rest : rest[..dot];
            Write([(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
            rest = dot < 0 ? "" : rest[(dot + 1)..];
        }

        Write([0]);
    }

    private void WriteUInt16(int value)
    {
        Span<byte> octets = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)value);
        Write(octets);
    }

    private void WriteUInt32(uint value)
    {
        Span<byte> octets = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, value);
        Write(octets);
    }

    private void Write(ReadOnlySpan<byte> octets)
    {
        if (_length + octets.Length > _octets.Length)
        {
            Array.Resize(ref _octets, Math.Max(_octets.Length * 2, _length + octets.Length));
        }

        octets.CopyTo(_octets.AsSpan(_length));
        _length += octets.Length;
    }
}
