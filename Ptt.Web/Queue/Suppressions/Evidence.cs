namespace Ptt.Web.Queue.Suppressions;

/// <summary>What a refusal says about the recipient rather than about us.</summary>
internal static class Evidence
{
    private static readonly string[] Addresses = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.2.1"];

    /// <summary>True for a refusal that means: there is no such mailbox (RFC 3463 §3.2, §3.3).</summary>
    public static bool IsFinal(string? reply) => StatusOf(reply) is { } status && Array.IndexOf(Addresses, status) >= 0;

    /// <summary>5.7 is about us, our reputation or our message: it never counts against the recipient.</summary>
    public static bool Counts(string? reply) =>
        reply is ['5', ..] && StatusOf(reply)?.StartsWith("5.7.", StringComparison.Ordinal) != true
        && StatusOf(reply)?.StartsWith("5.3.4", StringComparison.Ordinal) != true && StatusOf(reply)?.StartsWith("5.6.", StringComparison.Ordinal) != true;

    private static string? StatusOf(string? reply) => reply?.Split(' ', 3) is [_, { } status, ..] && status.Split('.').Length == 3 ? status : null;
}
