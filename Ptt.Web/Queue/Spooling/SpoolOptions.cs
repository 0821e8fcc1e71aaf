using System.ComponentModel.DataAnnotations;

namespace Ptt.Web.Queue.Spooling;

/// <summary>Section <c>Ptt:Spool</c>.</summary>
public sealed class SpoolOptions
{
    public const string Section = "Ptt:Spool";

    /// <summary>Where the queue is kept. <c>Sqlite</c> is the only one of this version.</summary>
    [RegularExpression("(?i)Sqlite", ErrorMessage = "must be Sqlite")]
    public string Provider { get; set; } = "Sqlite";

    /// <summary>For Sqlite the path of the queue's file; <c>spool.db</c> in the data directory when empty. Bodies over 64 KiB lie beside it in <c>spool.bodies/</c>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Room that new mail leaves free on the disk, so that delivery can go on when it is full. At most a twentieth of the disk.</summary>
    public long MinimumFreeBytes { get; set; } = 64 << 20;

    /// <summary>How many octets of just accepted messages are delivered from memory without being read back.</summary>
    [Range(0, 1L << 36)]
    public long WindowBytes { get; set; } = 48 << 20;

    /// <summary>How many deliveries may wait in memory; the rest waits on disk.</summary>
    [Range(1, 1_000_000)]
    public int WindowDeliveries { get; set; } = 8192;

    /// <summary>A delivery that has not been settled after this time is tried again by somebody else.</summary>
    public TimeSpan LeaseFor { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the story of a message is kept after it was accepted.</summary>
    public TimeSpan KeepTraceFor { get; set; } = TimeSpan.FromDays(30);
}
