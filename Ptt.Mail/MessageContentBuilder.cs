using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Ptt.Mail;

/// <summary>
/// Takes a message piece by piece, as it comes off the wire, and makes its <see cref="MessageContent"/>: in memory, or past
/// <c>memoryLimit</c> octets in a temporary file (mode 0600) that has no name any more once it is open, so that not even
/// a killed process leaves one behind. Used by one reader at a time. <see cref="IOException"/> means that the disk failed.
/// </summary>
public sealed class MessageContentBuilder(int memoryLimit = 64 * 1024, string? directory = null, int sizeHint = 0)
    : IBufferWriter<byte>, IAsyncDisposable
{
    private const int FirstPiece = 8 * 1024;
    private const int LargestPiece = 64 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _full = [];
    private byte[] _piece = [];
    private int _used;
    private long _inFullPieces;
    private SafeFileHandle? _file;
    private long _inFile;

    /// <summary>Octets taken so far.</summary>
    public long Length => _inFile + _inFullPieces + _used;

    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            Span<byte> room = GetSpan();
            int taken = Math.Min(room.Length, octets.Length);
            octets[..taken].CopyTo(room);
            Advance(taken);
            octets = octets[taken..];
        }
    }

    public void Append(in ReadOnlySequence<byte> octets)
    {
        foreach (ReadOnlyMemory<byte> piece in octets)
        {
            Append(piece.Span);
        }
    }

    public Span<byte> GetSpan(int atLeast = 0) => GetMemory(atLeast).Span;

    public Memory<byte> GetMemory(int atLeast = 0)
    {
        if (_piece.Length - _used < Math.Max(atLeast, 1))
        {
            NextPiece(atLeast);
        }

        return _piece.AsMemory(_used);
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _piece.Length - _used);
        _used += count;
    }

    /// <summary>Everything taken so far as content; the builder is empty afterwards and what it held belongs to the content.</summary>
    public MessageContent ToContent()
    {
        if (Length > memoryLimit && _file is null)
        {
            Spill();
        }

        MessageContent content;
        if (_file is not null)
        {
            Spill();
            content = FileContent.Own(_file, _inFile);
            _file = null;
        }
        else
        {
            _full.Add(_piece.AsMemory(0, _used));
            content = _full.Count == 1 ? MessageContent.FromMemory(_full[0]) : MessageContent.FromSequence(OctetSegment.Join(_full));
        }

        Clear();
        return content;
    }

    public ValueTask DisposeAsync()
    {
        _file?.Dispose();
        _file = null;
        Clear();
        return ValueTask.CompletedTask;
    }

    private void NextPiece(int atLeast)
    {
        if (_file is not null || Length + atLeast > memoryLimit)
        {
            Spill();
        }
        else if (_used > 0)
        {
            _full.Add(_piece.AsMemory(0, _used));
            _inFullPieces += _used;
            _piece = [];
            _used = 0;
        }

        int size = _file is not null ? LargestPiece
            : _inFullPieces == 0 ? Math.Clamp(sizeHint, FirstPiece, memoryLimit + FirstPiece)
            : (int)Math.Min(_inFullPieces * 2, LargestPiece);
        if (_piece.Length - _used < Math.Max(size, atLeast))
        {
            _piece = new byte[Math.Max(size, atLeast)];
        }
    }

    private void Spill()
    {
        _file ??= OpenTemporary(directory ?? Path.GetTempPath());
        foreach (ReadOnlyMemory<byte> piece in _full)
        {
            Write(piece.Span);
        }

        Write(_piece.AsSpan(0, _used));
        _full.Clear();
        _inFullPieces = 0;
        _used = 0;
    }

    private void Write(ReadOnlySpan<byte> octets)
    {
        RandomAccess.Write(_file!, octets, _inFile);
        _inFile += octets.Length;
    }

    private void Clear()
    {
        _full.Clear();
        _piece = [];
        _used = 0;
        _inFullPieces = 0;
        _inFile = 0;
    }

    private static SafeFileHandle OpenTemporary(string directory)
    {
        string path = Path.Combine(directory, $"ptt-{Guid.NewGuid():N}.msg");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(path, options).Dispose();   // the only way to create with a mode
        SafeFileHandle handle = File.OpenHandle(
            path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        return handle;
    }
}
