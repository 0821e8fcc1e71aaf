namespace Ptt.Smtp.Protocol;

/// <summary>RFC 5321 §4.2. A text of several lines is split on \n by the writer.</summary>
public sealed record Reply(int Code, EnhancedStatusCode? Status, string Text)
{
    public bool IsPositive => Code / 100 == 2;
    public bool IsTransient => Code / 100 == 4;   // try again later
    public bool IsPermanent => Code / 100 == 5;   // do not try again

    /// <summary>The three digits of RFC 3463, such as <c>5.7.1</c>; null where the reply carries none.</summary>
    public string? StatusText => Status is { } s ? $"{Code / 100}.{s.Subject}.{s.Detail}" : null;

    public override string ToString() => Status is null ? $"{Code} {Text}" : $"{Code} {StatusText} {Text}";
}
