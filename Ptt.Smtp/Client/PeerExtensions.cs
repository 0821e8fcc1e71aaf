using System.Globalization;

namespace Ptt.Smtp.Client;

/// <summary>What the server said it can do in its reply to EHLO (RFC 5321 §4.1.1.1); everything false after HELO.</summary>
public sealed record PeerExtensions
{
    public static readonly PeerExtensions None = new();

    public bool Pipelining { get; init; }           // RFC 2920

    public bool EightBitMime { get; init; }         // RFC 6152

    public bool SmtpUtf8 { get; init; }             // RFC 6531

    public bool Dsn { get; init; }                  // RFC 3461

    public bool StartTls { get; init; }             // RFC 3207

    public bool Chunking { get; init; }             // RFC 3030

    public bool RequireTls { get; init; }           // RFC 8689

    /// <summary>XTRACEPARENT: a machine of ours that takes our place in the trace.</summary>
    public bool TraceContext { get; init; }

    /// <summary>RFC 1870: null when SIZE was not offered, 0 when no fixed limit was named.</summary>
    public long? Size { get; init; }

    /// <summary>RFC 4954, in upper case.</summary>
    public IReadOnlyList<string> Auth { get; init; } = [];

    /// <summary>Reads the text of the 250 reply; its first line is the server's name and greeting.</summary>
    public static PeerExtensions Parse(string text)
    {
        PeerExtensions peer = None;
        foreach (string line in text.Split('\n').Skip(1))
        {
            // "AUTH=PLAIN" is how servers older than RFC 2554 said it, and some still say it too.
            string[] words = line.Split([' ', '='], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0)
            {
                continue;
            }

            peer = words[0].ToUpperInvariant() switch
            {
                "PIPELINING" => peer with { Pipelining = true },
                "8BITMIME" => peer with { EightBitMime = true },
                "SMTPUTF8" => peer with { SmtpUtf8 = true },
                "DSN" => peer with { Dsn = true },
                "STARTTLS" => peer with { StartTls = true },
                "CHUNKING" => peer with { Chunking = true },
                "XTRACEPARENT" => peer with { TraceContext = true },
                "REQUIRETLS" => peer with { RequireTls = true },
                "SIZE" => peer with { Size = words.Length > 1 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long size) ? size : 0 },
                "AUTH" => peer with { Auth = [.. peer.Auth.Union(words.Skip(1).Select(w => w.ToUpperInvariant()))] },
                _ => peer,
            };
        }

        return peer;
    }
}
