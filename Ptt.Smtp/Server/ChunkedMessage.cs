using Ptt.Mail;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Server;

/// <summary>A message that comes in chunks (RFC 3030), over several commands.</summary>
internal sealed class ChunkedMessage(MessageSink sink, int maxLine) : IAsyncDisposable
{
    private ChunkReader _reader = new(maxLine);

    public bool HasEightBit => _reader.HasEightBit;

    public Reply? Refusal => sink.Refusal;

    public void Append(ReadOnlySpan<byte> octets)
    {
        _reader.Read(octets, sink);
        Check();
    }

    public MessageContent? Complete()
    {
        _reader.Complete(sink);
        Check();
        return sink.ToContent();
    }

    public ValueTask DisposeAsync() => sink.DisposeAsync();

    private void Check()
    {
        if (_reader.Fault != DataFault.None)
        {
            sink.Refuse(MessageReceiver.ReplyTo(_reader.Fault));
        }
    }
}
