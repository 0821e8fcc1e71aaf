namespace Ptt.Mail.Headers;

/// <summary>How much header is read before giving up.</summary>
public sealed record HeaderLimits(int MaxOctets = 1024 * 1024, int MaxFields = 20_000)
{
    public static readonly HeaderLimits Default = new();
}

/// <summary>What came of reading a header.</summary>
public abstract record HeaderReading
{
    public sealed record Read(MessageHeader Header) : HeaderReading;

    /// <summary><paramref name="Offset"/> is where the fault begins.</summary>
    public sealed record Refused(HeaderFault Fault, long Offset) : HeaderReading;
}

public enum HeaderFault
{
    /// <summary>No end within the limit.</summary>
    TooLong,
    TooManyFields,

    /// <summary>A line that is neither a field nor the continuation of one (RFC 5322 §2.2).</summary>
    NotAField,

    /// <summary>The message ends within a line.</summary>
    Unfinished,
}
