using System.Net;
using System.Text.Json;
using Ptt.Mail;
using Ptt.Smtp.Sasl;

namespace Ptt.Web.Users.Files;

/// <summary>
/// One user, as the file in git says. The address is canonical (<see cref="Addresses"/>). Never leaves the room as it is: it
/// holds verifiers; <see cref="UserView"/> is what others see.
/// </summary>
public sealed record User
{
    public required Mailbox Address { get; init; }

    public string? DisplayName { get; init; }

    public bool Enabled { get; init; } = true;

    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>A <see cref="ScramVerifier"/> as text, or the seed's <c>BLAKE2b$hex</c> until the next login; null: no password.</summary>
    public string? Verifier { get; init; }

    public IReadOnlyList<AppPassword> AppPasswords { get; init; } = [];

    public IReadOnlyList<string> SendAs { get; init; } = [];

    /// <summary>Mail from users of ours to this address goes there instead (the seed's alias map).</summary>
    public IReadOnlyList<Mailbox> Targets { get; init; } = [];

    public UserLimits Limits { get; init; } = UserLimits.None;

    /// <summary>What a SCIM client set that is of no use to us; null when none did.</summary>
    public JsonElement? Scim { get; init; }

    /// <summary>Members that we do not know: kept as they are, behind ours.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Others { get; init; } = [];
}

/// <summary>A generated password for one device or program.</summary>
public sealed record AppPassword(string Id, string Name, string Verifier, DateTimeOffset? Expires, IReadOnlyList<IPNetwork> Networks);

/// <summary>How much a user may send; null: what the domain says, else what the server says.</summary>
public sealed record UserLimits
{
    public static readonly UserLimits None = new();

    public int? RecipientsPerHour { get; init; }

    public int? RecipientsPerDay { get; init; }

    /// <summary>Recipients a day that the user has not written to in the last 90 days.</summary>
    public int? NewRecipientsPerDay { get; init; }

    /// <summary>Octets.</summary>
    public long? MessageSize { get; init; }

    public int? Sessions { get; init; }

    /// <summary>What happens over a limit; null is <see cref="OverLimit.Defer"/>.</summary>
    public OverLimit? OverLimit { get; init; }

    /// <summary>Ours where it is set, else <paramref name="defaults"/>.</summary>
    public UserLimits Or(UserLimits defaults) => new()
    {
        RecipientsPerHour = RecipientsPerHour ?? defaults.RecipientsPerHour,
        RecipientsPerDay = RecipientsPerDay ?? defaults.RecipientsPerDay,
        NewRecipientsPerDay = NewRecipientsPerDay ?? defaults.NewRecipientsPerDay,
        MessageSize = MessageSize ?? defaults.MessageSize,
        Sessions = Sessions ?? defaults.Sessions,
        OverLimit = OverLimit ?? defaults.OverLimit,
    };
}

public enum OverLimit
{
    /// <summary>450 4.7.1: the client tries again when the window has moved.</summary>
    Defer,

    /// <summary>550 5.7.1.</summary>
    Refuse,

    /// <summary>Accepted; waits in the queue for an administrator.</summary>
    Hold,
}
