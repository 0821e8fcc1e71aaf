using System.Text.Json;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Tracing;

/// <summary>Writes stories into the file of their day, many at a time. Used by one thread; writing a story twice changes nothing.</summary>
internal sealed class TraceWriter(TraceFiles files) : IDisposable
{
    private const int Kept = 8;   // the days whose retries may still be running (RelayOptions.GiveUpAfter), today, and yesterday around midnight

    private readonly List<Day> _open = [];

    public void Write(IReadOnlyList<ToldStory> stories)
    {
        foreach (var day in stories.GroupBy(s => TraceFiles.DayOf(new SpoolId(s.Story.Id))))
        {
            Open(day.Key).Write(day);
        }
    }

    public void Close(DateOnly day)
    {
        if (_open.Find(d => d.Date == day) is { } open)
        {
            _open.Remove(open);
            open.Dispose();
        }
    }

    public void Dispose()
    {
        _open.ForEach(d => d.Dispose());
        _open.Clear();
    }

    private Day Open(DateOnly date)
    {
        Day? day = _open.Find(d => d.Date == date);
        if (day is not null)
        {
            _open.Remove(day);
        }
        else
        {
            if (_open.Count >= Kept)
            {
                _open[0].Dispose();
                _open.RemoveAt(0);
            }

            day = new Day(date, SqliteFile.OpenWriter(files.PathOf(date), TraceFiles.Format, cacheKibibytes: 8192));
        }

        _open.Add(day);
        return day;
    }

    private sealed class Day(DateOnly date, SqliteFile file) : IDisposable
    {
        private readonly Statement _message = file.Prepare("""
            INSERT OR IGNORE INTO message (id, sender, login, size, header_from, subject, message_id, client, tls) VALUES (?,?,?,?,?,?,?,?,?)
            """);

        private readonly Statement _recipient = file.Prepare("""
            INSERT INTO recipient (id, number, address, state, at, reply) VALUES (?,?,?,?,?,?)
            ON CONFLICT (id, number) DO UPDATE SET state = excluded.state, at = excluded.at, reply = excluded.reply WHERE excluded.at >= at
            """);

        private readonly Statement _event = file.Prepare("INSERT OR IGNORE INTO event (id, n, at, told) VALUES (?,?,?,?)");
        private readonly Statement _lookup = file.Prepare("INSERT OR IGNORE INTO lookup (key, id) VALUES (?,?)");
        private int _writes;

        public DateOnly Date => date;

        public void Write(IEnumerable<ToldStory> stories)
        {
            file.Begin();
            try
            {
                foreach (ToldStory told in stories)
                {
                    Write(told);
                }

                file.Commit();
            }
            catch
            {
                file.Rollback();
                throw;
            }

            if (++_writes % 16 == 0)
            {
                file.Run("PRAGMA wal_checkpoint(PASSIVE)");
            }
        }

        public void Dispose()
        {
            _message.Dispose();
            _recipient.Dispose();
            _event.Dispose();
            _lookup.Dispose();
            file.Dispose();
        }

        private void Write(ToldStory told)
        {
            Story story = told.Story;
            byte[] id = SpoolIds.Octets(new SpoolId(story.Id));
            bool first = _message.Bind(1, id).Bind(2, story.Sender).Bind(3, story.Login).Bind(4, story.Size).Bind(5, story.From).Bind(6, story.Subject)
                .Bind(7, story.MessageId).Bind(8, story.Client).Bind(9, story.Tls).Run() > 0;
            if (first)
            {
                var keys = new HashSet<long>(TraceKey.OfAddress(story.Sender));
                if (story.Login is not null && story.Login != story.Sender)
                {
                    keys.UnionWith(TraceKey.OfAddress(story.Login));
                }

                if (story.MessageId is not null)
                {
                    keys.Add(TraceKey.Of(TraceKey.BareMessageId(story.MessageId)));
                }

                Look(keys, id);
            }

            foreach (StoryRecipient recipient in story.Recipients)
            {
                _recipient.Bind(1, id).Bind(2, recipient.Number).Bind(3, recipient.Address).Bind(4, recipient.State).Bind(5, story.At)
                    .Bind(6, recipient.Reply).Run();
                Look(TraceKey.OfAddress(recipient.Address), id);
            }

            _event.Bind(1, id).Bind(2, told.Number).Bind(3, story.At).Bind(4, told.Told).Run();
        }

        private void Look(IEnumerable<long> keys, byte[] id)
        {
            foreach (long key in keys)
            {
                _lookup.Bind(1, key).Bind(2, id).Run();
            }
        }
    }
}

/// <summary>A story and its number in the journal; numbers grow with time.</summary>
internal sealed record ToldStory(long Number, Story Story, byte[] Told)
{
    public static ToldStory Read(long number, ReadOnlySpan<byte> told) =>
        new(number, JsonSerializer.Deserialize(told, SpoolJson.Default.Story)!, told.ToArray());
}
