using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Spooling;

/// <summary>What a start does before anything else: nobody holds a lease any more, and the lanes are drawn from the disk.</summary>
internal static class Recovery
{
    private const int ManyLanes = 100_000;

    public sealed record Result(long LastSequence, long Deliveries, int Lanes, int Swept);

    public static Result Run(SqliteFile file, Hands hands, BodyFiles bodies)
    {
        // The file is locked by us, so every lease is that of a process which is gone. Its attempt stays counted.
        hands.Added(FreeLeases(file));
        long last = Math.Max(file.Scalar("SELECT max(seq) FROM message") ?? 0, 0);
        (long deliveries, int lanes) = Draw(file, hands);
        using Statement queued = file.Prepare("SELECT 1 FROM message WHERE seq=? AND in_file=1");
        int swept = bodies.Sweep(id => queued.Bind(1, SpoolIds.SequenceOf(id)).Scalar() is not null);
        return new Result(last, deliveries, lanes, swept);
    }

    /// <summary>One walk over all deliveries, in the order of their messages: a start with a million of them is to take a second. Returns how many messages there are.</summary>
    private static long FreeLeases(SqliteFile file)
    {
        var held = new List<(long Seq, int Part, bool Dropped)>();
        long messages = 0, previous = -1;
        using (Statement row = file.Prepare("SELECT seq, part, lease, dropped FROM delivery ORDER BY seq"))
        {
            while (row.Step())
            {
                long seq = row.Int64(0);
                messages += seq == previous ? 0 : 1;
                previous = seq;
                if (row.Int64(2) != 0 || row.Int32(3) != 0)
                {
                    held.Add((seq, row.Int32(1), row.Int32(3) != 0));
                }
            }
        }

        using Statement free = file.Prepare("UPDATE delivery SET lease = 0 WHERE seq = ? AND part = ?");
        using Statement delete = file.Prepare("DELETE FROM delivery WHERE seq = ? AND part = ?");
        using Statement content = file.Prepare("DELETE FROM content WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE seq = ?1)");
        using Statement message = file.Prepare("DELETE FROM message WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE seq = ?1)");
        file.Begin();
        foreach ((long seq, int part, bool isDropped) in held)
        {
            (isDropped ? delete : free).Bind(1, seq).Bind(2, part).Run();
            if (isDropped)
            {
                content.Bind(1, seq).Run();
                messages -= message.Bind(1, seq).Run();
            }
        }

        file.Commit();
        return messages;
    }

    private static (long Deliveries, int Lanes) Draw(SqliteFile file, Hands hands)
    {
        // In the order of the index, and from it alone.
        using Statement lane = file.Prepare("""
            SELECT destination, turn, retry, min(due_at), count(*) FROM delivery INDEXED BY delivery_due WHERE lease = 0 AND hold IS NULL
            GROUP BY turn, destination, retry
            """);
        long deliveries = 0;
        int lanes = 0;
        var names = new Dictionary<string, Destination>();   // one text for all lanes to a destination
        while (lane.Step())
        {
            string name = lane.Text(0)!;
            if (!names.TryGetValue(name, out Destination destination))
            {
                names[name] = destination = new Destination(name);
            }

            hands.Note(lane.Text(1)!, destination, lane.Int32(2) != 0, lane.Int64(3));
            deliveries += lane.Int64(4);
            lanes++;
        }

        if (lanes > ManyLanes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);   // what drawing them left behind is several times what they take
        }

        hands.SetPaused(ReadPaused(file));
        return (deliveries, lanes);
    }

    private static HashSet<string> ReadPaused(SqliteFile file)
    {
        var paused = new HashSet<string>();
        using Statement row = file.Prepare("SELECT destination FROM paused");
        while (row.Step())
        {
            paused.Add(row.Text(0)!);
        }

        return paused;
    }
}
