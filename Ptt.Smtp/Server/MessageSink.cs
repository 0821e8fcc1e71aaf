using Ptt.Mail;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

/// <summary>Takes message data and counts it. Once the message is too large, or the disk fails, it holds nothing more and remembers what to say.</summary>
internal sealed class MessageSink(long limit, string? directory, long? sizeHint) : IOctetSink, IAsyncDisposable
{
    private const int MemoryLimit = 64 * 1024;

    private MessageContentBuilder? _builder = new(MemoryLimit, directory, (int)Math.Min(sizeHint ?? 0, MemoryLimit));

    public Reply? Refusal { get; private set; }

    public void Append(ReadOnlySpan<byte> octets)
    {
        if (_builder is not { } builder)
        {
            return;
        }

        if (builder.Length + octets.Length > limit)
        {
            Refuse(Replies.TooLarge);                                      // RFC 1870 §6.3
            return;
        }

        try
        {
            builder.Append(octets);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Refuse(Replies.StorageFull);                                   // a disk that is full or fails is never the client's fault: 4xx
        }
    }

    /// <summary>Null when there is a <see cref="Refusal"/>; otherwise the caller disposes it.</summary>
    public MessageContent? ToContent()
    {
        try
        {
            return _builder?.ToContent();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Refuse(Replies.StorageFull);
            return null;
        }
    }

    public void Refuse(Reply reply)
    {
        Refusal ??= reply;
        _ = _builder?.DisposeAsync();                                      // closes a file handle; completes at once
        _builder = null;
    }

    public ValueTask DisposeAsync() => _builder?.DisposeAsync() ?? ValueTask.CompletedTask;
}
