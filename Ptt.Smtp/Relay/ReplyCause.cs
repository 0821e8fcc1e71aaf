namespace Ptt.Smtp.Relay;

/// <summary>What a remote's refusal is about, as far as it can be told. Feeds advice, pacing and the suppression list.</summary>
public enum ReplyCause
{
    Unknown,

    /// <summary>The address does not exist. Nobody should write to it again.</summary>
    UnknownUser,

    /// <summary>The domain does not exist or takes no mail.</summary>
    UnknownDomain,

    /// <summary>The mailbox exists and does not take mail now: disabled, moved.</summary>
    Disabled,

    MailboxFull,

    TooBig,

    /// <summary>"Come back later" to a sender not seen before.</summary>
    Greylisted,

    /// <summary>We send too fast or too much.</summary>
    RateLimited,

    /// <summary>Our address stands in a block list, or has a bad name.</summary>
    BlockListed,

    /// <summary>SPF, DKIM, DMARC or reverse DNS did not satisfy the remote.</summary>
    Authentication,

    /// <summary>The remote takes the content for spam or malware.</summary>
    Content,

    /// <summary>Not permitted to send there: a closed list, relaying denied.</summary>
    Policy,

    /// <summary>The remote has trouble of its own.</summary>
    RemoteTrouble,

    /// <summary>No connection, or it broke.</summary>
    Network,

    /// <summary>DNS gave no answer that could be used.</summary>
    Dns,

    /// <summary>TLS was demanded and could not be had.</summary>
    Tls,

    /// <summary>The mail is going round in circles.</summary>
    Loop,

    /// <summary>The remote cannot carry what the message needs (8-bit, UTF-8 addresses).</summary>
    NotSupported,
}
