using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>The octets of a queued message from disk: its file, or its row.</summary>
internal static class QueuedContent
{
    /// <summary>Null when it is not queued any more.</summary>
    public static MessageContent? Open(SpoolId id, ReaderPool readers, BodyFiles bodies)
    {
        using ReaderPool.Lent reader = readers.Rent();
        Statement row = reader.Statement(
            "SELECT m.in_file, c.octets FROM message m LEFT JOIN content c ON c.seq = m.seq WHERE m.seq = ? AND m.id = ?");
        row.Bind(1, SpoolIds.SequenceOf(id)).Bind(2, SpoolIds.Octets(id));
        MessageContent? content = null;
        if (row.Step())
        {
            content = row.Int32(0) != 0 ? bodies.Open(id) : MessageContent.FromMemory(row.Blob(1).ToArray());
        }

        row.Reset();
        return content;
    }
}
