namespace Ptt.Smtp.Protocol;

/// <summary>RET= (RFC 3461 §4.3).</summary>
public enum DsnReturn
{
    Unspecified,
    Full,
    Headers,
}

/// <summary>NOTIFY= (RFC 3461 §4.1). Unspecified leaves it to us: failure and delay.</summary>
[Flags]
public enum DsnNotify
{
    Unspecified = 0,
    Never = 1,
    Success = 2,
    Failure = 4,
    Delay = 8,
}
