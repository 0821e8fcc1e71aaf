using System.Collections.Concurrent;
using System.Text;

namespace Ptt.Tests.Support;

/// <summary>What a client has sent, cut into lines, contents and chunks; each read of the socket is noted as one packet.</summary>
internal sealed class ScriptedInput(ConcurrentQueue<string> packets)
{
    private byte[] _buffer = [];

    /// <summary>Without CRLF; null when the client has closed.</summary>
    public async Task<string?> LineAsync(Stream stream, CancellationToken stop)
    {
        int end;
        while ((end = _buffer.AsSpan().IndexOf("\r\n"u8)) < 0)
        {
            if (!await FillAsync(stream, stop))
            {
                return null;
            }
        }

        string line = Encoding.UTF8.GetString(_buffer, 0, end);
        _buffer = _buffer[(end + 2)..];
        return line;
    }

    /// <summary>The content, without its dots.</summary>
    public async Task<byte[]> DataAsync(Stream stream, CancellationToken stop)
    {
        using var content = new MemoryStream();
        while (true)
        {
            int end;
            while ((end = _buffer.AsSpan().IndexOf("\r\n"u8)) < 0)
            {
                if (!await FillAsync(stream, stop))
                {
                    throw new IOException("cut off in the content");
                }
            }

            byte[] line = _buffer[..(end + 2)];
            _buffer = _buffer[(end + 2)..];
            if (line.AsSpan().SequenceEqual(".\r\n"u8))
            {
                return content.ToArray();
            }

            content.Write(line.AsSpan(line[0] == '.' ? 1 : 0));
        }
    }

    public async Task<byte[]> ExactAsync(Stream stream, int count, CancellationToken stop)
    {
        while (_buffer.Length < count)
        {
            if (!await FillAsync(stream, stop))
            {
                throw new IOException("cut off in a chunk");
            }
        }

        byte[] octets = _buffer[..count];
        _buffer = _buffer[count..];
        return octets;
    }

    private async Task<bool> FillAsync(Stream stream, CancellationToken stop)
    {
        byte[] more = new byte[64 * 1024];
        int read = await stream.ReadAsync(more, stop);
        if (read > 0)
        {
            packets.Enqueue(Encoding.Latin1.GetString(more, 0, read));
            _buffer = [.. _buffer, .. more[..read]];
        }

        return read > 0;
    }
}
