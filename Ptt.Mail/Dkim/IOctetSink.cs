using System.Security.Cryptography;

namespace Ptt.Mail.Dkim;

/// <summary>Where canonical octets go.</summary>
public interface IOctetSink
{
    void Write(ReadOnlySpan<byte> octets);
}

/// <summary>Hashes what it is given, up to l= octets where a signature says so (RFC 6376 §3.5).</summary>
internal sealed class HashSink(long limit = long.MaxValue) : IOctetSink, IDisposable
{
    private const int BufferSize = 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _used;

    /// <summary>Octets hashed.</summary>
    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> octets)
    {
        octets = octets[..(int)Math.Min(octets.Length, limit - Length)];
        Length += octets.Length;
        if (octets.Length > BufferSize - _used)
        {
            _hash.AppendData(_buffer.AsSpan(0, _used));
            _used = 0;
        }

        if (octets.Length > BufferSize / 2)
        {
            _hash.AppendData(_buffer.AsSpan(0, _used));
            _used = 0;
            _hash.AppendData(octets);
            return;
        }

        octets.CopyTo(_buffer.AsSpan(_used));
        _used += octets.Length;
    }

    public byte[] ToHash()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _used = 0;
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();
}
