namespace Ptt.Mail.Headers;

/// <summary>msg-id of RFC 5322 §3.6.4: unique for ever, by time and 74 random bits.</summary>
public static class MessageId
{
    /// <summary>With its angle brackets. <paramref name="host"/> is a name of ours.</summary>
    public static string Next(TimeProvider time, string host) => $"<{Guid.CreateVersion7(time.GetUtcNow()):N}@{host}>";

    /// <summary>The Message-ID field of a message that has none (RFC 6409 §8.3).</summary>
    public static byte[] Field(TimeProvider time, string host) => FieldWriter.Write("Message-ID", Next(time, host));
}
