using Ptt.Dns;

namespace Ptt.Web.Sandbox;

/// <summary>The domains of the sandbox's world: one of ours, and the rest of the Internet in a dozen names (RFC 6761 keeps them from the real one).</summary>
internal static class SandboxZones
{
    public const string Ours = "example.test";

    public static readonly IReadOnlyList<string> Destinations =
    [
        "example.com", "example.net", "example.org",
        "one.test", "two.test", "three.test", "four.test", "five.test", "six.test", "seven.test", "eight.test", "nine.test",
    ];

    public static IEnumerable<SandboxZone> All() => [Parse(Ours, OurRecords), .. Destinations.Select(d => Parse(d, Records(d)))];

    private static IEnumerable<string> OurRecords =>
    [
        $"{Ours} 60 MX 10 mx.{Ours}",
        $"mx.{Ours} 60 A 127.0.0.1",
        $"mail.{Ours} 60 A 127.0.0.1",
        $"{Ours} 60 TXT \"v=spf1 ip4:127.0.0.0/8 -all\"",
        $"_dmarc.{Ours} 60 TXT \"v=DMARC1; p=reject; adkim=s\"",
    ];

    // Different shapes of MX, as a relay meets them: one host, two of equal preference, none at all (RFC 5321 §5.1: then the address itself).
    private static IEnumerable<string> Records(string domain) => domain switch
    {
        "example.net" => [$"{domain} 60 A 127.0.0.1"],
        "example.org" => [$"{domain} 60 MX 10 mx1.{domain}", $"{domain} 60 MX 10 mx2.{domain}", $"mx1.{domain} 60 A 127.0.0.1", $"mx2.{domain} 60 A 127.0.0.1"],
        _ => [$"{domain} 60 MX 10 mx.{domain}", $"mx.{domain} 60 A 127.0.0.1"],
    };

    private static SandboxZone Parse(string domain, IEnumerable<string> lines) => SandboxZone.Parse(DomainName.Parse(domain), lines);
}
