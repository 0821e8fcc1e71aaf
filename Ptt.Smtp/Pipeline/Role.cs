namespace Ptt.Smtp.Pipeline;

/// <summary>One machine of the three; a process plays one or more.</summary>
public enum Role
{
    Submission,
    Signer,
    Relay,
}
