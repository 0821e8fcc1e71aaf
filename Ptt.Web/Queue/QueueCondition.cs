using System.Text;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue;

/// <summary>A filter of the queue in SQL, and over which tables it is asked.</summary>
internal sealed record QueueCondition(string Sql, IReadOnlyList<object> Values, bool OfMessage, bool OfDelivery)
{
    /// <summary>Everything is asked for.</summary>
    public bool IsNone => !OfMessage && !OfDelivery;

    /// <summary>The table that is walked: each row of it is looked at.</summary>
    public string Table => OfDelivery ? "delivery" : "message";

    public string Seq => OfDelivery ? "d.seq" : "m.seq";

    // CROSS JOIN: SQLite shall walk the deliveries and look the messages up, never the other way round.
    public string Source => (OfMessage, OfDelivery) switch
    {
        (true, true)  => "delivery d CROSS JOIN message m ON m.seq = d.seq",
        (false, true) => "delivery d",
        _             => "message m",
    };

    public static QueueCondition Of(QueueFilter filter)
    {
        var values = new List<object>();
        string delivery = OfDeliveries(filter, values);
        string message = OfMessages(filter, values);
        return new(delivery + message, values, message.Length > 0, delivery.Length > 0);
    }

    private static string OfDeliveries(QueueFilter filter, List<object> values)
    {
        var where = new StringBuilder();
        if (!string.IsNullOrEmpty(filter.Destination))
        {
            where.Append(" AND d.destination = ?");
            values.Add(filter.Destination.ToLowerInvariant());
        }

        Has(filter.Reply, "d.last_reply", where, values);
        return where.Append((Enum.TryParse(filter.State, ignoreCase: true, out QueueState state) ? state : (QueueState?)null) switch
        {
            QueueState.Held     => " AND d.hold IS NOT NULL",
            QueueState.Active   => " AND d.hold IS NULL AND d.lease <> 0",
            QueueState.Deferred => " AND d.hold IS NULL AND d.lease = 0 AND d.retry = 1",
            QueueState.Waiting  => " AND d.hold IS NULL AND d.lease = 0 AND d.retry = 0",
            _                   => "",
        }).ToString();
    }

    private static string OfMessages(QueueFilter filter, List<object> values)
    {
        var where = new StringBuilder();
        Has(filter.Login, "m.login", where, values);
        Has(filter.Recipient, "m.recipients", where, values);
        Has(filter.Subject, "m.subject", where, values);
        Has(filter.MessageId, "m.message_id", where, values);
        if (filter.Sender == "<>")
        {
            where.Append(" AND m.sender = ''");
        }
        else
        {
            Has(filter.Sender, "m.sender", where, values);
        }

        if (Like.Containing(filter.Text) is { } text)
        {
            string[] columns = ["m.sender", "m.login", "m.recipients", "m.subject", "m.header_from", "m.message_id"];
            where.Append(" AND (").AppendJoin(" OR ", columns.Select(c => c + @" LIKE ? ESCAPE '\'")).Append(')');
            values.AddRange(columns.Select(_ => text));
        }

        if (filter.MinSize is { } size)
        {
            where.Append(" AND m.size >= ?");
            values.Add(size);
        }

        return where.ToString();
    }

    private static void Has(string? part, string column, StringBuilder where, List<object> values)
    {
        if (Like.Containing(part) is { } pattern)
        {
            where.Append($@" AND {column} LIKE ? ESCAPE '\'");
            values.Add(pattern);
        }
    }
}
