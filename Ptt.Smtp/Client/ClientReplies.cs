using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>What we say ourselves where the remote said nothing, in the form of a reply so that one rule judges both (RFC 3463).</summary>
internal static class ClientReplies
{
    public static Reply NoAnswer(string detail) => new(451, new(4, 1), detail);

    public static Reply TimedOut(string waitingFor) => new(451, new(4, 2), $"Timed out waiting for {waitingFor}");

    public static Reply Lost(string waitingFor) => new(451, new(4, 2), $"The connection was lost waiting for {waitingFor}");

    public static readonly Reply Stopping = new(451, new(3, 2), "We are stopping; the message stays queued");

    public static readonly Reply RateOfOurs = new(451, new(3, 2), "Our own limit for this destination is used up for now (Ptt:Relay:Rates)");

    public static readonly Reply SourcesUsedUp = new(451, new(3, 2), "Our own limits for the addresses that this mail may leave from are used up for now (Ptt:Relay:Sources)");

    public static readonly Reply OwnFault = new(451, new(3, 0), "Local error; tried again later");

    public static readonly Reply NotSmtp = new(451, new(5, 0), "The host does not speak SMTP");

    public static readonly Reply NotPublic =
        new(451, new(4, 4), "The address is private, reserved or our own, and mail is not sent there (Ptt:Relay:AllowPrivateAddresses)");

    public static readonly Reply PlaintextAfterStartTls =
        new(451, new(7, 5), "The host sent plaintext after its reply to STARTTLS; the connection was dropped");

    public static Reply HandshakeFailed(string detail) => new(451, new(7, 5), $"TLS handshake failed: {detail}");

    public static readonly Reply TlsNotOffered = new(451, new(7, 4), "TLS is required and the host does not offer STARTTLS");

    public static readonly Reply RequireTlsNotOffered = new(550, new(7, 30), "REQUIRETLS is needed and the host does not support it");  // RFC 8689 §5

    public static readonly Reply AuthNotOffered = new(451, new(7, 4), "No way to authenticate that both sides know is offered under TLS");

    public static readonly Reply Utf8AddressNeeded =
        new(553, new(6, 7), "The host does not support SMTPUTF8 and the address needs it");                     // RFC 6531 §3.5

    public static readonly Reply Utf8HeaderNeeded =
        new(554, new(6, 9), "The host does not support SMTPUTF8 and the header of the message needs it");

    public static readonly Reply EightBitNeeded =
        new(554, new(6, 3), "The host does not support 8BITMIME and the message has 8-bit octets");             // RFC 6152 §3

    public static Reply TooBig(long limit) => new(552, new(3, 4), $"The message is larger than the {limit} octets that the host takes");

    public static readonly Reply BareLineEnd =
        new(554, new(6, 0), "The message holds a bare CR, a bare LF or a NUL and cannot be sent on safely");
}
