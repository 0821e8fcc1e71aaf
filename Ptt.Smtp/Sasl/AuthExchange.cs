using System.Net;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Sasl;

/// <summary>What one turn of an exchange came to.</summary>
public abstract record AuthStep
{
    /// <summary>Send this and come back with the answer.</summary>
    public sealed record Challenge(ReadOnlyMemory<byte> Octets) : AuthStep;

    public sealed record Done(AuthVerdict Verdict) : AuthStep;

    /// <summary>Not what the mechanism's grammar allows: 501 5.5.2.</summary>
    public sealed record Malformed : AuthStep;

    /// <summary>The client believes that we cannot do channel binding, and we said that we can: somebody stands between (RFC 5802 §6).</summary>
    public sealed record Downgraded : AuthStep;
}

/// <summary>
/// One SASL exchange (RFC 4422) from the server's side: octets in, octets or a verdict out. It knows nothing of SMTP's base64 and codes;
/// the session does.
/// </summary>
public abstract class AuthExchange
{
    /// <summary>True where the client speaks first: an exchange without initial response then begins with an empty challenge.</summary>
    public abstract bool ClientFirst { get; }

    /// <summary><paramref name="response"/> is null only for the first step of an exchange that came without initial response.</summary>
    public abstract ValueTask<AuthStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken);
}

/// <summary>The mechanisms we have, strongest first, and when: all of them under TLS only (RFC 4954 §4, RFC 8314).</summary>
public static class Mechanisms
{
    /// <summary>For the AUTH keyword of EHLO; empty without TLS.</summary>
    public static string Offer(TlsFacts? tls) => tls switch
    {
        null => "",
        { ServerCertificate: null, Exporter: null } => "SCRAM-SHA-256 PLAIN LOGIN",
        _ => "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN",
    };

    /// <summary>Null for a mechanism that we do not have.</summary>
    public static AuthExchange? Begin(string mechanism, IAuthenticator authenticator, TlsFacts tls, IPAddress client) => mechanism switch
    {
        "PLAIN" => new PlainExchange(authenticator, client),
        "LOGIN" => new LoginExchange(authenticator, client),
        "SCRAM-SHA-256" => new ScramExchange(authenticator, client, tls, plus: false),
        "SCRAM-SHA-256-PLUS" when tls is not { ServerCertificate: null, Exporter: null } => new ScramExchange(authenticator, client, tls, plus: true),
        _ => null,
    };
}
