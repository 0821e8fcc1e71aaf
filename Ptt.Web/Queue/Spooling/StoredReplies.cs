using System.Globalization;
using System.Text.Json;
using Ptt.Smtp.Protocol;

namespace Ptt.Web.Queue.Spooling;

/// <summary>Replies in and out of JSON.</summary>
internal static class StoredReplies
{
    public static StoredReply Of(Reply reply) => new(reply.Code, reply.StatusText, reply.Text);

    public static string ToJson(Reply reply) => JsonSerializer.Serialize(Of(reply), SpoolJson.Default.StoredReply);

    public static Reply? FromJson(string? json) => json is null ? null : Read(JsonSerializer.Deserialize(json, SpoolJson.Default.StoredReply)!);

    public static Reply Read(StoredReply stored)
    {
        string[] parts = stored.Status?.Split('.') ?? [];
        EnhancedStatusCode? status = parts is [_, { } subject, { } detail]
            ? new EnhancedStatusCode(int.Parse(subject, CultureInfo.InvariantCulture), int.Parse(detail, CultureInfo.InvariantCulture))
            : null;
        return new Reply(stored.Code, status, stored.Text);
    }
}
