namespace Ptt.Smtp.Submission;

/// <summary>Section <c>Ptt:Submission</c>.</summary>
public sealed class SubmissionOptions
{
    public const string Section = "Ptt:Submission";

    /// <summary>In Received and Message-ID; <c>Ptt:Hostname</c> when empty.</summary>
    public string Hostname { get; set; } = "";

    /// <summary>MAIL FROM becomes the login's own address, whatever the client said; without this a foreign one is refused.</summary>
    public bool RewriteMailFrom { get; set; }

    /// <summary>Says in Received from where the user sent: name and address of the client. Off, because it tells the world where people are.</summary>
    public bool ShowClient { get; set; }

    /// <summary>More Received fields than this are a loop (RFC 5321 §6.3).</summary>
    public int MaxHops { get; set; } = 50;
}
