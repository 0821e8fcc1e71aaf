namespace Ptt.Dns.Updating;

/// <summary>What became of an update.</summary>
public abstract record UpdateResult
{
    /// <summary>The server says, signed, that it is done. <paramref name="ClockSkew"/> is its clock minus ours.</summary>
    public sealed record Done(TimeSpan ClockSkew) : UpdateResult;

    /// <summary>Nothing was changed, except perhaps where <see cref="MayHaveHappened"/> says so. <paramref name="Explanation"/> is for the administrator.</summary>
    public sealed record Failed(UpdateFailure Reason, string Explanation) : UpdateResult
    {
        /// <summary>Sent, and no reply that can be believed came: read back before trying again.</summary>
        public bool MayHaveHappened => Reason is UpdateFailure.Timeout or UpdateFailure.Unreachable or UpdateFailure.ForgedReply;

        /// <summary>Someone else changed what we rely on: show it, do not repeat it.</summary>
        public bool IsDrift => Reason is UpdateFailure.YXDomain or UpdateFailure.YXRRset or UpdateFailure.NXRRset or UpdateFailure.NXDomain;
    }
}

/// <summary>Why not (RFC 2136 §2.2, RFC 8945 §5.3 and §5.4).</summary>
public enum UpdateFailure
{
    BadKey,
    BadSig,
    BadTime,
    NotAuth,
    NotZone,
    Refused,
    YXDomain,
    YXRRset,
    NXDomain,
    NXRRset,
    ServFail,
    FormErr,
    NotImplemented,
    Timeout,
    Unreachable,
    ForgedReply,

    /// <summary>We know no server or key for the zone; nothing was sent.</summary>
    NotConfigured,
}
