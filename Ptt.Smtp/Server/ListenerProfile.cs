using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Server;

/// <summary>What one listener is: for which role it takes mail and from whom.</summary>
public sealed record ListenerProfile
{
    public required Role Role { get; init; }

    /// <summary>For the greeting and EHLO.</summary>
    public required string Hostname { get; init; }

    /// <summary>Who answers for the messages of this listener.</summary>
    public required INextHop NextHop { get; init; }

    /// <summary>Null: STARTTLS is neither offered nor known. With implicit TLS the session begins inside it.</summary>
    public ITlsIdentity? Tls { get; init; }

    /// <summary>Nothing useful before TLS.</summary>
    public bool TlsRequired { get; init; }

    /// <summary>Nothing useful without a certificate of our own authority (inner listeners).</summary>
    public bool ClientCertificateRequired { get; init; }

    /// <summary>Null: no AUTH here. Otherwise nobody sends without.</summary>
    public IAuthenticator? Authenticator { get; init; }

    /// <summary>How many sessions each login has open; shared by the listeners of a process.</summary>
    public LoginSessions LoginSessions { get; init; } = new();

    /// <summary>MAIL FROM must belong to the login already at MAIL; off where MAIL FROM is going to be replaced.</summary>
    public bool ChecksSender { get; init; } = true;

    /// <summary>REQUIRETLS (RFC 8689): offered once the relay keeps that promise.</summary>
    public bool OffersRequireTls { get; init; }

    /// <summary>XTRACEPARENT: from machines of ours, which are the only ones that come here.</summary>
    public bool OffersTraceContext { get; init; }

    /// <summary>Where messages wait that are too large for memory; null is the system's place for temporary files.</summary>
    public string? TemporaryDirectory { get; init; }

    /// <summary>Answers a recipient that this listener will not take, at RCPT; null takes every one.</summary>
    public Func<Mailbox, Reply?>? RefusesRecipient { get; init; }
}
