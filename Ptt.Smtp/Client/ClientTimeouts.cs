namespace Ptt.Smtp.Client;

/// <summary>How long the client waits in each phase: the minimums of RFC 5321 §4.5.3.2, and where it names none, what Postfix does.</summary>
public sealed class ClientTimeouts
{
    /// <summary>For the TCP connection to one address.</summary>
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For a TLS handshake.</summary>
    public TimeSpan Tls { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>For the 220 greeting (§4.5.3.2.1).</summary>
    public TimeSpan Greeting { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to EHLO, HELO, STARTTLS and AUTH.</summary>
    public TimeSpan Ehlo { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to MAIL (§4.5.3.2.2).</summary>
    public TimeSpan Mail { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the reply to each RCPT (§4.5.3.2.3).</summary>
    public TimeSpan Rcpt { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For the 354 reply to DATA (§4.5.3.2.4).</summary>
    public TimeSpan DataInitiation { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>For each block of the content to be taken (§4.5.3.2.5).</summary>
    public TimeSpan DataBlock { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot (§4.5.3.2.6).</summary>
    public TimeSpan DataTermination { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>For the reply to QUIT; nothing hangs on it.</summary>
    public TimeSpan Quit { get; set; } = TimeSpan.FromSeconds(5);
}
