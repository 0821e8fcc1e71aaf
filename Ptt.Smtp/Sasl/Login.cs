using Ptt.Mail;

namespace Ptt.Smtp.Sasl;

/// <summary>A user who proved who they are: what the session and the submission role need to know of them.</summary>
public sealed record Login
{
    /// <summary>The user's own address, which is also the login name.</summary>
    public required Mailbox Address { get; init; }

    /// <summary>Addresses and patterns (<c>*@lists.example.org</c>) that may stand in MAIL FROM and From besides <see cref="Address"/>.</summary>
    public IReadOnlyList<string> SendAs { get; init; } = [];

    /// <summary>The app password that was used; null for the user's own password.</summary>
    public string? AppPasswordId { get; init; }

    /// <summary>May send with the null reverse-path: a service that makes reports of its own.</summary>
    public bool IsService { get; init; }

    /// <summary>Sessions that may be open at once; null: the server's own limit.</summary>
    public int? MaxSessions { get; init; }

    /// <summary>Octets of one message; null: the server's own limit.</summary>
    public long? MaxMessageSize { get; init; }

    /// <summary>Changes whenever what a session relies on does; a session asks <see cref="IAuthenticator.IsCurrent"/> with it.</summary>
    public string Version { get; init; } = "";
}
