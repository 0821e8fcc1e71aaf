namespace Ptt.Smtp.Protocol;

/// <summary>Where message data goes, run by run.</summary>
public interface IOctetSink
{
    void Append(ReadOnlySpan<byte> octets);
}
