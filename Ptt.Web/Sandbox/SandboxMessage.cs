namespace Ptt.Web.Sandbox;

/// <summary>A message as it arrived at the sandbox's MX.</summary>
public sealed record SandboxMessage
{
    public required string Id { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Empty for the null reverse-path.</summary>
    public required string MailFrom { get; init; }

    public required IReadOnlyList<string> RcptTo { get; init; }

    /// <summary>As it stands in the header, encoded words decoded.</summary>
    public required string Subject { get; init; }

    public required string From { get; init; }

    /// <summary>Protocol and cipher of the session that brought it; null in the clear.</summary>
    public string? Tls { get; init; }

    /// <summary>Each DKIM signature and whether it verifies against the sandbox's DNS.</summary>
    public required IReadOnlyList<SandboxSignature> Signatures { get; init; }

    public required ReadOnlyMemory<byte> Raw { get; init; }

    public int Size => Raw.Length;

    /// <summary>The header section, as text for people.</summary>
    public string HeaderText
    {
        get
        {
            int end = Raw.Span.IndexOf("\r\n\r\n"u8);
            return System.Text.Encoding.UTF8.GetString(end < 0 ? Raw.Span : Raw.Span[..(end + 2)]);
        }
    }
}

/// <summary><paramref name="Result"/> as RFC 8601 §2.7.1 names it: pass, fail, permerror, temperror, neutral, policy.</summary>
public sealed record SandboxSignature(string Domain, string Selector, string Algorithm, string Result, string? Detail);
