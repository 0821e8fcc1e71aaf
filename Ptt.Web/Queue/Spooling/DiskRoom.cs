using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// Whether there is room for new mail. New mail stops while some of the disk is still free, so that outcomes can be written and the
/// queue drains; a reserve file beside the queue is given up when others have filled the disk nevertheless.
/// </summary>
internal sealed partial class DiskRoom
{
    private readonly string _directory;
    private readonly string _reserve;
    private readonly long _floor;
    private readonly long _between;
    private readonly long _reserveLength;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private long _checked;
    private long _wrote = long.MaxValue;
    private bool _low;
    private bool _exhausted;

    public DiskRoom(string databasePath, long minimumFree, TimeProvider time, ILogger logger)
    {
        _directory = Path.GetDirectoryName(databasePath)!;
        _reserve = databasePath + ".reserve";
        _time = time;
        _logger = logger;
        long total = new DriveInfo(_directory).TotalSize;
        _floor = Math.Min(minimumFree, total / 20);
        _between = Math.Clamp(_floor / 8, 64 << 10, 4 << 20);
        _reserveLength = Math.Min(8 << 20, total / 50);
    }

    /// <summary>Something was refused for want of room, and there has not been enough since.</summary>
    public bool IsExhausted
    {
        get
        {
            lock (_gate)
            {
                return _exhausted;
            }
        }
    }

    /// <summary>What <see cref="IsLow"/> said last; looks at nothing.</summary>
    public bool WasLow
    {
        get
        {
            lock (_gate)
            {
                return _low;
            }
        }
    }

    /// <summary>Looks at the disk at most once a second and every so many octets, an eighth of what is kept free.</summary>
    public bool IsLow
    {
        get
        {
            lock (_gate)
            {
                if (_wrote < _between && _time.GetElapsedTime(_checked) < TimeSpan.FromSeconds(1))
                {
                    return _low;
                }

                _wrote = 0;
                _checked = _time.GetTimestamp();
                long free = new DriveInfo(_directory).AvailableFreeSpace;
                bool low = free < _floor || _exhausted && free < _floor + 2 * _reserveLength;
                if (low != _low)
                {
                    _low = low;
                    if (low)
                    {
                        RoomLow(free, _floor);
                    }
                    else
                    {
                        RoomAgain(free);
                    }
                }

                if (!low)
                {
                    _exhausted = false;
                    KeepReserve();
                }

                return low;
            }
        }
    }

    public void Wrote(long octets)
    {
        lock (_gate)
        {
            _wrote += Math.Min(octets, _between);
        }
    }

    /// <summary>A write was refused: if for want of room, new mail is refused from now on and the reserve is given up.</summary>
    public void Faulted(SqliteFault fault)
    {
        if (fault.IsFull)
        {
            Exhausted();
        }
    }

    /// <summary>The disk said that it is full.</summary>
    public void Exhausted()
    {
        lock (_gate)
        {
            _exhausted = true;
            _low = true;
            _wrote = 0;
            _checked = _time.GetTimestamp();
            File.Delete(_reserve);
        }
    }

    private void KeepReserve()
    {
        if (File.Exists(_reserve))
        {
            return;
        }

        try
        {
            using var file = new FileStream(_reserve, FileMode.CreateNew, FileAccess.Write);
            file.Write(new byte[_reserveLength]);
            file.Flush(flushToDisk: true);
        }
        catch (IOException fault)
        {
            NoReserve(fault);
        }
    }

    [LoggerMessage(5111, LogLevel.Warning, "The disk of the spool is low ({Free} octets free, {Floor} are kept for delivery): new mail is refused with 452")]
    private partial void RoomLow(long free, long floor);

    [LoggerMessage(5112, LogLevel.Information, "The disk of the spool has room again ({Free} octets free)")]
    private partial void RoomAgain(long free);

    [LoggerMessage(5113, LogLevel.Warning, "The spool could not keep its reserve")]
    private partial void NoReserve(Exception fault);
}
