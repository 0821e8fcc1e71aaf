using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Ptt.Mail;

/// <summary>Reads octets in memory and then, where there is one, a range of a file; copies only into the reader's buffer.</summary>
internal sealed class ContentStream(ReadOnlySequence<byte> front, SafeFileHandle? file, long fileOffset, long fileLength) : Stream
{
    private long _position;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => front.Length + fileLength;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(Span<byte> buffer)
    {
        if (TryReadFront(buffer, out int read) || file is null)
        {
            return read;
        }

        read = RandomAccess.Read(file, buffer[..InFile(buffer.Length)], fileOffset + _position - front.Length);
        _position += read;
        return read;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (TryReadFront(buffer.Span, out int read) || file is null)
        {
            return read;
        }

        read = await RandomAccess.ReadAsync(
            file, buffer[..InFile(buffer.Length)], fileOffset + _position - front.Length, cancellationToken);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Current => _position,
        SeekOrigin.End => Length,
        _ => 0,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool TryReadFront(Span<byte> buffer, out int read)
    {
        read = 0;
        if (_position >= front.Length || buffer.IsEmpty)
        {
            return buffer.IsEmpty;
        }

        ReadOnlySequence<byte> rest = front.Slice(_position);
        read = (int)Math.Min(buffer.Length, rest.Length);
        rest.Slice(0, read).CopyTo(buffer);
        _position += read;
        return true;
    }

    private int InFile(int wanted) => (int)Math.Clamp(Length - _position, 0, wanted);
}
