using System.Net;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>What came of knocking at a host.</summary>
public abstract record SessionOpening
{
    /// <summary>Addresses that were dialled in vain on the way.</summary>
    public IReadOnlyList<ConnectFailure> NotReached { get; init; } = [];

    public sealed record Opened(SmtpClientSession Session) : SessionOpening;

    /// <summary>No session: how far it got, and the words of the remote or ours.</summary>
    public sealed record Refused(SmtpPhase Phase, Reply Reply, TlsFailure? Failure) : SessionOpening
    {
        /// <summary>Who refused; null when nobody was reached.</summary>
        public SessionTarget? Target { get; init; }

        /// <summary>Our end of the connection, when there was one.</summary>
        public IPAddress? LocalAddress { get; init; }

        /// <summary>What TLS there was when it ended.</summary>
        public TlsFacts? Tls { get; init; }
    }
}

public sealed record ConnectFailure(SessionTarget Target, Reply Reply);
