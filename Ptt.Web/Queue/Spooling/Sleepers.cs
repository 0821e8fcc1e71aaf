using System.Diagnostics.CodeAnalysis;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Queue.Spooling;

/// <summary>
/// The lanes all of whose mail waits on disk for its time: of a queue of a million messages nearly every lane. So there is no object for each, but a line in a
/// table that is found by its name (chained hashing) and by its time (a heap that knows where each line stands). Not thread-safe: its owner locks.
/// </summary>
internal sealed class Sleepers
{
    private const int None = -1;

    private Line[] _lines = new Line[64];
    private int[] _buckets = NewBuckets(64);
    private int[] _heap = new int[64];
    private int _free = None;
    private int _used;

    public int Count { get; private set; }

    /// <summary>When the first of them is due; <see cref="Lane.Never"/> when all are awake.</summary>
    public long Earliest => Count == 0 ? Lane.Never : _lines[_heap[0]].DueAt;

    /// <summary>A lane that sleeps already wakes at the earlier of the two times.</summary>
    public void Sleep(Sender sender, Destination destination, bool retry, long dueAt)
    {
        int found = Find(sender, destination.Name, retry);
        if (found != None)
        {
            if (dueAt < _lines[found].DueAt)
            {
                _lines[found].DueAt = dueAt;
                Rise(_lines[found].Place);
            }

            return;
        }

        int at = TakeLine();
        int bucket = BucketOf(sender, destination.Name, retry);
        _lines[at] = new Line { Sender = sender, Destination = destination.Name, Retry = retry, DueAt = dueAt, Next = _buckets[bucket] };
        _buckets[bucket] = at;
        sender.Asleep++;
        Stand(at, Count++);
        Rise(Count - 1);
    }

    /// <summary>Takes a lane out by its name; false when it does not sleep.</summary>
    public bool TryTake(Sender sender, Destination destination, bool retry, out long dueAt)
    {
        int found = Find(sender, destination.Name, retry);
        dueAt = found == None ? Lane.Never : _lines[found].DueAt;
        if (found != None)
        {
            Remove(found);
        }

        return found != None;
    }

    /// <summary>Takes out the first that is due.</summary>
    public bool TryWake(long now, [NotNullWhen(true)] out Sender? sender, out Destination destination, out bool retry, out long dueAt)
    {
        if (Earliest > now || Count == 0)
        {
            (sender, destination, retry, dueAt) = (null, default, false, Lane.Never);
            return false;
        }

        ref Line line = ref _lines[_heap[0]];
        (sender, destination, retry, dueAt) = (line.Sender, new Destination(line.Destination), line.Retry, line.DueAt);
        Remove(_heap[0]);
        return true;
    }

    /// <summary>All times move alike, so the heap stands as it stood.</summary>
    public void Shift(long by)
    {
        for (int place = 0; place < Count; place++)
        {
            _lines[_heap[place]].DueAt += by;
        }
    }

    private static int[] NewBuckets(int count)
    {
        int[] buckets = new int[count];
        Array.Fill(buckets, None);
        return buckets;
    }

    private int BucketOf(Sender sender, string destination, bool retry) =>
        HashCode.Combine(sender, destination.GetHashCode(StringComparison.Ordinal), retry) & (_buckets.Length - 1);

    private int Find(Sender sender, string destination, bool retry)
    {
        int at = _buckets[BucketOf(sender, destination, retry)];
        while (at != None && !(_lines[at].Sender == sender && _lines[at].Retry == retry && _lines[at].Destination == destination))
        {
            at = _lines[at].Next;
        }

        return at;
    }

    private int TakeLine()
    {
        if (_free != None)
        {
            int free = _free;
            _free = _lines[free].Next;
            return free;
        }

        if (_used == _lines.Length)
        {
            Grow();
        }

        return _used++;
    }

    private void Grow()
    {
        int size = _lines.Length * 2;
        Array.Resize(ref _lines, size);
        Array.Resize(ref _heap, size);
        _buckets = NewBuckets(size);
        for (int place = 0; place < Count; place++)
        {
            ref Line line = ref _lines[_heap[place]];
            int bucket = BucketOf(line.Sender, line.Destination, line.Retry);
            line.Next = _buckets[bucket];
            _buckets[bucket] = _heap[place];
        }
    }

    private void Remove(int at)
    {
        ref int link = ref _buckets[BucketOf(_lines[at].Sender, _lines[at].Destination, _lines[at].Retry)];
        while (link != at)
        {
            link = ref _lines[link].Next;
        }

        link = _lines[at].Next;
        _lines[at].Sender.Asleep--;
        int place = _lines[at].Place;
        int last = _heap[--Count];
        if (last != at)
        {
            Stand(last, place);
            Rise(place);
            Sink(_lines[last].Place);
        }

        _lines[at] = new Line { Next = _free };
        _free = at;
        if (Count == 0)
        {
            (_lines, _buckets, _heap, _free, _used) = (new Line[64], NewBuckets(64), new int[64], None, 0);
        }
    }

    private void Stand(int line, int place)
    {
        _heap[place] = line;
        _lines[line].Place = place;
    }

    private void Rise(int place)
    {
        int line = _heap[place];
        for (int above = (place - 1) / 2; place > 0 && _lines[_heap[above]].DueAt > _lines[line].DueAt; above = (place - 1) / 2)
        {
            Stand(_heap[above], place);
            place = above;
        }

        Stand(line, place);
    }

    private void Sink(int place)
    {
        int line = _heap[place];
        for (int below = (2 * place) + 1; below < Count; below = (2 * place) + 1)
        {
            if (below + 1 < Count && _lines[_heap[below + 1]].DueAt < _lines[_heap[below]].DueAt)
            {
                below++;
            }

            if (_lines[_heap[below]].DueAt >= _lines[line].DueAt)
            {
                break;
            }

            Stand(_heap[below], place);
            place = below;
        }

        Stand(line, place);
    }

    private struct Line
    {
        public Sender Sender;
        public string Destination;
        public long DueAt;
        public int Next;      // in its bucket, or of the free lines
        public int Place;     // in the heap
        public bool Retry;
    }
}
