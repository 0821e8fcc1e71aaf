using System.Net;
using Ptt.Smtp.Sasl;

namespace Ptt.Smtp.Pipeline;

/// <summary>Where a message came from: for the Received field, the trace and the limits.</summary>
public sealed record Origin
{
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The SMTP session, as the log names it.</summary>
    public required string SessionId { get; init; }

    /// <summary>Null for what we made ourselves (a report, a test message).</summary>
    public IPAddress? Client { get; init; }

    /// <summary>What the client said in EHLO; text of a stranger.</summary>
    public string? Helo { get; init; }

    /// <summary>Such as <c>TLSv1.3 TLS_AES_256_GCM_SHA384</c>; null in the clear.</summary>
    public string? Tls { get; init; }

    /// <summary>True after EHLO (RFC 3848: ESMTP), false after HELO.</summary>
    public bool Extended { get; init; }

    /// <summary>Who logged in; null on an inner listener and for our own messages.</summary>
    public Login? Login { get; init; }
}
