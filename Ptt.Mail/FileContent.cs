using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Ptt.Mail;

/// <summary>
/// Content whose tail lies in a file and whose front, if it was given another one, lies in memory. Readers share the file's
/// handle and read at positions of their own, so none disturbs another.
/// </summary>
internal sealed class FileContent : MessageContent
{
    private readonly ReadOnlySequence<byte> _front;
    private readonly SafeFileHandle _file;
    private readonly long _fileOffset;
    private readonly long _fileLength;
    private readonly bool _owns;

    private FileContent(ReadOnlySequence<byte> front, SafeFileHandle file, long fileOffset, long fileLength, bool owns)
    {
        _front = front;
        _file = file;
        _fileOffset = fileOffset;
        _fileLength = fileLength;
        _owns = owns;
    }

    public override long Length => _front.Length + _fileLength;

    public static FileContent Open(string path, long offset)
    {
        SafeFileHandle file = File.OpenHandle(path);
        return new FileContent(ReadOnlySequence<byte>.Empty, file, offset, RandomAccess.GetLength(file) - offset, owns: true);
    }

    /// <summary>Takes over <paramref name="file"/>, which nobody writes to any more.</summary>
    public static FileContent Own(SafeFileHandle file, long length) => new(ReadOnlySequence<byte>.Empty, file, 0, length, owns: true);

    public override bool TryGetMemory(out ReadOnlySequence<byte> octets)
    {
        octets = default;
        return false;
    }

    public override Stream OpenRead() => new ContentStream(_front, _file, _fileOffset, _fileLength);

    public override MessageContent WithFront(ReadOnlyMemory<byte> front, long from = 0)
    {
        long intoFile = Math.Max(0, from - _front.Length);
        ReadOnlySequence<byte> joined = OctetSegment.Join(front, _front.Slice(Math.Min(from, _front.Length)));
        return new FileContent(joined, _file, _fileOffset + intoFile, _fileLength - intoFile, owns: false);
    }

    public override ValueTask DisposeAsync()
    {
        if (_owns)
        {
            _file.Dispose();
        }

        return base.DisposeAsync();
    }
}
