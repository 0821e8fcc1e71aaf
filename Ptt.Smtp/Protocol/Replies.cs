namespace Ptt.Smtp.Protocol;

/// <summary>
/// What we say, in one place. Each text tells the peer what to do next and nothing about us. The names are the meaning, the
/// codes are those of RFC 5321 §4.2.3 and the RFC of each extension.
/// </summary>
public static class Replies
{
    public static readonly Reply Ok = new(250, new(0, 0), "OK");
    public static readonly Reply SenderOk = new(250, new(1, 0), "Sender OK");
    public static readonly Reply RecipientOk = new(250, new(1, 5), "Recipient OK");
    public static readonly Reply ChunkOk = new(250, new(0, 0), "Chunk received");                              // RFC 3030 §2
    public static readonly Reply Closing = new(221, new(0, 0), "Bye");
    public static readonly Reply StartData = new(354, null, "End data with <CR><LF>.<CR><LF>");
    public static readonly Reply ReadyForTls = new(220, new(0, 0), "Ready to start TLS");                      // RFC 3207 §4
    public static readonly Reply Authenticated = new(235, new(7, 0), "Authentication succeeded");              // RFC 4954 §6
    public static readonly Reply CannotVerify = new(252, new(5, 0), "Cannot verify; send the message and see"); // RFC 5321 §3.5.3
    public static readonly Reply Help = new(214, new(0, 0), "See RFC 5321 and the keywords of EHLO");

    public static readonly Reply Unrecognized = new(500, new(5, 2), "Command not recognized");
    public static readonly Reply LineTooLong = new(500, new(5, 2), "Line too long");
    public static readonly Reply BareLineEnd = new(500, new(5, 2), "A bare CR or LF ends no line; use CRLF");
    public static readonly Reply NotText = new(500, new(5, 2), "Command holds octets that are not text");
    public static readonly Reply NotImplemented = new(502, new(5, 1), "Command not implemented");
    public static readonly Reply BadSequence = new(503, new(5, 1), "Bad sequence of commands");
    public static readonly Reply NoRecipients = new(554, new(5, 1), "No valid recipients");                    // RFC 5321 §3.3
    public static readonly Reply TooManyErrors = new(421, new(7, 0), "Too many errors; closing");
    public static readonly Reply TooManyCommands = new(421, new(7, 0), "Too many commands without a message; closing");

    public static readonly Reply TlsRequired = new(530, new(7, 0), "Must issue a STARTTLS command first");     // RFC 3207 §4
    public static readonly Reply TlsAlready = new(503, new(5, 1), "TLS is active already");
    public static readonly Reply DataAfterStartTls = new(554, new(5, 1), "Nothing may follow STARTTLS before the handshake");
    public static readonly Reply ClientCertificateRequired = new(530, new(7, 0), "A client certificate is required");

    public static readonly Reply AuthRequired = new(530, new(7, 0), "Authentication required");                // RFC 4954 §6
    public static readonly Reply AuthNeedsTls = new(538, new(7, 11), "Encryption required for authentication"); // RFC 4954 §6
    public static readonly Reply BadCredentials = new(535, new(7, 8), "Authentication credentials invalid");
    public static readonly Reply AuthCancelled = new(501, new(5, 0), "Authentication cancelled");
    public static readonly Reply AuthMalformed = new(501, new(5, 2), "Cannot decode the authentication response");
    public static readonly Reply AuthLineTooLong = new(500, new(5, 6), "Authentication exchange line is too long");
    public static readonly Reply MechanismUnknown = new(504, new(5, 4), "Authentication mechanism not recognized");
    public static readonly Reply MechanismMismatch = new(535, new(7, 8), "Channel binding was possible and was not used");
    public static readonly Reply AuthUnavailable = new(454, new(7, 0), "Temporary authentication failure; try again later");
    public static readonly Reply AuthThrottled = new(454, new(7, 0), "Too many failed attempts; try again later");
    public static readonly Reply TooManyAuthFailures = new(421, new(7, 0), "Too many failed attempts; closing");
    public static readonly Reply TooManyLoginSessions = new(454, new(7, 0), "Too many sessions of this login; close one and try again");
    public static readonly Reply AuthTwice = new(503, new(5, 1), "Already authenticated");
    public static readonly Reply LoginRevoked = new(421, new(7, 0), "Please authenticate again");

    public static readonly Reply TooLarge = new(552, new(3, 4), "Message exceeds the size limit");             // RFC 1870 §6
    public static readonly Reply TooManyRecipients = new(452, new(5, 3), "Too many recipients; send the rest in another transaction");
    public static readonly Reply BareLineEndInData = new(550, new(6, 0), "Message holds a bare CR or LF; every line must end with CRLF");
    public static readonly Reply NulInData = new(550, new(6, 0), "Message holds a NUL octet");
    public static readonly Reply TextLineTooLong = new(550, new(6, 0), "Message holds a line over the length limit");
    public static readonly Reply BinaryNotSupported = new(555, new(6, 1), "BODY=BINARYMIME is not supported");
    public static readonly Reply Utf8Required = new(553, new(6, 7), "A non-ASCII address requires SMTPUTF8");  // RFC 6531 §3.5
    public static readonly Reply RequireTlsRefused = new(530, new(7, 0), "REQUIRETLS needs an encrypted session"); // RFC 8689 §3
    public static readonly Reply NotYourSender = new(550, new(7, 1), "This login may not send with that sender address");
    public static readonly Reply NoNullSender = new(550, new(7, 1), "This login may not use the null sender");

    public static readonly Reply ShuttingDown = new(421, new(3, 2), "System is shutting down");
    public static readonly Reply TooManySessions = new(421, new(7, 0), "Too many sessions; try again later");
    public static readonly Reply TimedOut = new(421, new(4, 2), "Timed out waiting for you; closing");
    public static readonly Reply TooSlow = new(421, new(4, 2), "Data arrives too slowly; closing");
    public static readonly Reply Fault = new(421, new(3, 0), "Local error; try again later");
    public static readonly Reply StorageFault = new(451, new(3, 0), "Local error; try again later");
    public static readonly Reply StorageFull = new(452, new(3, 1), "Insufficient system storage; try again later");

    /// <summary>RFC 5321 §4.3.1: the greeting names the host first.</summary>
    public static Reply Greeting(string hostname) => new(220, null, hostname + " ESMTP Ptt");

    /// <summary>501: the command is known, its arguments are not right.</summary>
    public static Reply Syntax(string what) => new(501, new(5, 4), what);

    /// <summary>555: a parameter that nobody offered (RFC 5321 §4.1.1.11).</summary>
    public static Reply UnknownParameter(string keyword) => new(555, new(5, 4), keyword + " parameter not recognized");

    public static Reply BadSender(string why) => new(553, new(1, 7), why);

    public static Reply BadRecipient(string why) => new(553, new(1, 3), why);

    /// <summary>The id is the spool's; law 1 of the house: only whoever has the message on disk says this.</summary>
    public static Reply Queued(string id) => new(250, new(0, 0), "Queued as " + id);
}
