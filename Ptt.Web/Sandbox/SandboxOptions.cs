namespace Ptt.Web.Sandbox;

/// <summary>The world in one process, on loopback, for the first run and for tests. Never in production.</summary>
public sealed class SandboxOptions
{
    public const string Section = "Ptt:Sandbox";

    /// <summary>Starts the sandbox: its name server, its catch-all MX and a ready-made user. Only in the environment <c>Development</c>.</summary>
    public bool Enabled { get; set; }

    /// <summary>Where the sandbox's authoritative name server listens (UDP and TCP); a loopback address.</summary>
    public string DnsEndPoint { get; set; } = "127.0.0.1:4053";

    /// <summary>Where the sandbox's catch-all MX listens; a loopback address.</summary>
    public string MxEndPoint { get; set; } = "127.0.0.1:4025";

    /// <summary>How many messages the inbox keeps; older ones are dropped.</summary>
    public int InboxMessages { get; set; } = 1000;

    /// <summary>How many octets the inbox keeps in all.</summary>
    public long InboxOctets { get; set; } = 256 * 1024 * 1024;
}
