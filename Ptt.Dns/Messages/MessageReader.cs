using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ptt.Dns.Messages;

/// <summary>Walks the octets of one message. Every step refuses what does not fit; none throws.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> message)
{
    /// <summary>Pointers lead only backwards, so they end; more of them than this in one name serve no one honest.</summary>
    private const int MaxHops = 32;

    private readonly ReadOnlySpan<byte> _message = message;

    /// <summary>Where the next read begins.</summary>
    public int Position { get; set; }

    public readonly int Remaining => _message.Length - Position;

    public bool TryRead([NotNullWhen(true)] out DnsMessage? message)
    {
        message = null;
        Span<ushort> header = stackalloc ushort[6];
        for (int i = 0; i < header.Length; i++)
        {
            if (!TryReadUInt16(out header[i]))
            {
                return false;
            }
        }

        var questions = new List<Question>();
        for (int i = 0; i < header[2]; i++)
        {
            if (!TryReadQuestion(out Question? question))
            {
                return false;
            }

            questions.Add(question);
        }

        Edns? edns = null;
        int extended = 0;
        var sections = new List<ResourceRecord>[3];
        for (int section = 0; section < 3; section++)
        {
            sections[section] = [];
            for (int i = 0; i < header[3 + section]; i++)
            {
                if (!TryReadRecord(out RawRecord raw))
                {
                    return false;
                }

                if (raw.Type == RecordType.Opt)
                {
                    if (edns is not null || section != 2)
                    {
                        return false;   // RFC 6891 §6.1.1: one OPT, among the additional records
                    }

                    edns = new Edns(raw.Class, (raw.Ttl & 0x8000) != 0, (byte)(raw.Ttl >> 16));
                    extended = (int)(raw.Ttl >> 24);
                }
                else if (raw.Type != RecordType.Tsig && raw.IsNamed)
                {
                    sections[section].Add(ToRecord(raw));
                }
            }
        }

        ushort flags = header[1];
        message = new DnsMessage
        {
            Id = header[0],
            IsResponse = (flags & 0x8000) != 0,
            Opcode = (Opcode)((flags >> 11) & 0xF),
            IsAuthoritative = (flags & 0x0400) != 0,
            IsTruncated = (flags & 0x0200) != 0,
            RecursionDesired = (flags & 0x0100) != 0,
            RecursionAvailable = (flags & 0x0080) != 0,
            AuthenticData = (flags & 0x0020) != 0,
            CheckingDisabled = (flags & 0x0010) != 0,
            ResponseCode = (ResponseCode)((extended << 4) | (flags & 0xF)),
            Edns = edns,
            Questions = questions,
            Answers = sections[0],
            Authority = sections[1],
            Additional = sections[2],
        };
        return true;
    }

    public bool TryReadQuestion([NotNullWhen(true)] out Question? question)
    {
        question = null;
        if (!TryReadName(out DomainName name, out bool isNamed) || !isNamed || !TryReadUInt16(out ushort type) || !TryReadUInt16(out ushort @class))
        {
            return false;
        }

        question = new Question(name, (RecordType)type, (RecordClass)@class);
        return true;
    }

    /// <summary>Reads the frame of a record and passes over its RDATA.</summary>
    public bool TryReadRecord(out RawRecord record)
    {
        int start = Position;
        record = default;
        if (!TryReadName(out DomainName name, out bool isNamed) || !TryReadUInt16(out ushort type) || !TryReadUInt16(out ushort @class)
            || !TryReadUInt32(out uint ttl) || !TryReadUInt16(out ushort length) || length > Remaining)
        {
            return false;
        }

        record = new RawRecord(start, name, isNamed, (RecordType)type, @class, ttl, Position, length);
        Position += length;
        return true;
    }

    /// <summary>False for what is no name at all; <paramref name="isNamed"/> is false for a name with octets that <see cref="DomainName"/> does not hold.</summary>
    public bool TryReadName(out DomainName name, out bool isNamed)
    {
        (name, isNamed) = (default, false);
        Span<char> text = stackalloc char[255];
        int length = 0;
        int at = Position;
        int end = -1;                 // after the first pointer, where reading goes on
        int floor = Position;         // a pointer leads before this
        bool plain = true;
        for (int hops = 0; ;)
        {
            if (at >= _message.Length)
            {
                return false;
            }

            int size = _message[at++];
            if (size == 0)
            {
                break;
            }

            if ((size & 0xC0) == 0xC0)                                          // RFC 1035 §4.1.4
            {
                if (at >= _message.Length || ++hops > MaxHops)
                {
                    return false;
                }

                int target = ((size & 0x3F) << 8) | _message[at++];
                end = end < 0 ? at : end;
                if (target >= floor)
                {
                    return false;
                }

                (at, floor) = (target, target);
                continue;
            }

            // The name in octets, its final zero included, is at most 255 long (§2.3.4): 253 characters with dots.
            if ((size & 0xC0) != 0 || at + size > _message.Length || length + (length > 0 ? 1 : 0) + size > 253)
            {
                return false;
            }

            if (length > 0)
            {
                text[length++] = '.';
            }

            foreach (byte octet in _message.Slice(at, size))
            {
                char c = (char)octet;
                plain &= c != '.';
                text[length++] = char.IsAsciiLetterUpper(c) ? char.ToLowerInvariant(c) : c;
            }

            at += size;
        }

        Position = end < 0 ? at : end;
        isNamed = plain && DomainName.TryFromWire(new string(text[..length]), out name);
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        value = 0;
        if (Remaining < 2)
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt16BigEndian(_message[Position..]);
        Position += 2;
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        value = 0;
        if (Remaining < 4)
        {
            return false;
        }

        value = BinaryPrimitives.ReadUInt32BigEndian(_message[Position..]);
        Position += 4;
        return true;
    }

    private readonly ResourceRecord ToRecord(in RawRecord raw)
    {
        // RFC 2181 §8: a TTL with the high bit set means zero.
        TimeSpan ttl = TimeSpan.FromSeconds(raw.Ttl > int.MaxValue ? 0 : raw.Ttl);
        return new ResourceRecord(raw.Name, raw.Type, ttl, RecordDataReader.Read(_message, raw)) { Class = (RecordClass)raw.Class };
    }
}

/// <summary>A record as it lies in the message: where it starts, its frame, and where its RDATA is.</summary>
internal readonly record struct RawRecord(
    int Start, DomainName Name, bool IsNamed, RecordType Type, ushort Class, uint Ttl, int DataStart, int DataLength);
