namespace Ptt.Smtp.Protocol;

/// <summary>Subject and detail of RFC 3463 §2; the class digit is the reply code's own.</summary>
public readonly record struct EnhancedStatusCode(int Subject, int Detail);
