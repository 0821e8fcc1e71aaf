namespace Ptt.Web.Keys.Rings;

/// <summary>The life of a key. It moves downwards only.</summary>
public enum KeyState
{
    /// <summary>Made, or about to be; DNS does not know it.</summary>
    Generated,

    /// <summary>Its record was sent to the primary, or waits for an administrator to enter it.</summary>
    Published,

    /// <summary>Every authoritative server shows the record: ready to sign within seconds.</summary>
    Standby,

    /// <summary>Signs.</summary>
    Active,

    /// <summary>Signs no more; its record stays for mail that is still on its way.</summary>
    Retiring,

    /// <summary>The record says that the key is withdrawn (empty p=, RFC 6376 §3.6.1).</summary>
    Revoked,

    /// <summary>Record and private key are gone. Remembered, so that its selector is never used again.</summary>
    Removed,
}

/// <summary>What is wrong with a key's record.</summary>
public enum KeyFault
{
    None,

    /// <summary>A server no longer has it.</summary>
    Vanished,

    /// <summary>A server shows something else.</summary>
    Changed,

    /// <summary>The private half cannot be read.</summary>
    Unreadable,
}
