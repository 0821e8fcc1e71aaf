namespace Ptt.Smtp.Client;

/// <summary>How far a dialogue got; the word that the trace shows for it is <see cref="SmtpPhases.Name"/>.</summary>
public enum SmtpPhase
{
    Resolve,
    Connect,
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    EndOfData,
}

public static class SmtpPhases
{
    public static string Name(this SmtpPhase phase) => phase switch
    {
        SmtpPhase.Resolve => "resolve",
        SmtpPhase.Connect => "connect",
        SmtpPhase.Greeting => "greeting",
        SmtpPhase.Ehlo => "ehlo",
        SmtpPhase.StartTls => "starttls",
        SmtpPhase.Auth => "auth",
        SmtpPhase.Mail => "mail",
        SmtpPhase.Rcpt => "rcpt",
        SmtpPhase.Data => "data",
        _ => "end-of-data",
    };
}
