using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue.Tracing;

/// <summary>Somebody to whom stories are told, in their order, at least once each. A listener that throws is told again later.</summary>
internal interface IStoryListener
{
    void Hear(IReadOnlyList<ToldStory> stories);
}

/// <summary>
/// Carries what happened from the spool's journal to the trace and to whoever else listens, in batches, beside the mail and not in
/// its way. A story leaves the journal only when all have it.
/// </summary>
internal sealed partial class Narrator(
    SqliteSpool spool, TraceFiles files, SpoolOptions options, IEnumerable<IStoryListener> listeners, TimeProvider time, ILogger<Narrator> logger) : IDisposable
{
    private const int Batch = 1000, Far = 200;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    private readonly IStoryListener[] _listeners = [.. listeners];
    private readonly TraceWriter _writer = new(files);
    private readonly SemaphoreSlim _turn = new(1);
    private long _done;
    private DateOnly _pruned;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            bool more = false;
            try
            {
                more = await TellAsync(cancellationToken);
                Prune();
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                TellingFailed(fault);
            }

            if (!more)
            {
                await Task.Delay(Between, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Everything that has happened so far is in the trace when this returns.</summary>
    public async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        while (await TellAsync(cancellationToken))
        {
        }
    }

    /// <summary>So much waits to be told that somebody who only looks should not wait for it.</summary>
    public bool IsFarBehind()
    {
        using ReaderPool.Lent reader = spool.Readers.Rent();
        return reader.Statement("SELECT n FROM story WHERE n > ? LIMIT 1 OFFSET ?").Bind(1, Volatile.Read(ref _done)).Bind(2, Far).Scalar() is not null;
    }

    /// <summary>The same, or as much of it as was done after <paramref name="atMost"/>: a batch that takes longer is carried on beside whoever asked.</summary>
    public async ValueTask CatchUpAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task told = Task.Run(() => CatchUpAsync(enough.Token).AsTask(), cancellationToken);
        try
        {
            await told.WaitAsync(atMost, time, cancellationToken);
            enough.Dispose();
        }
        catch (TimeoutException)
        {
            await enough.CancelAsync();
            _ = told.ContinueWith(_ => enough.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _turn.Dispose();
    }

    private async ValueTask<bool> TellAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            List<ToldStory> stories = Read();
            if (stories.Count == 0)
            {
                return false;
            }

            _writer.Write(stories);
            foreach (IStoryListener listener in _listeners)
            {
                listener.Hear(stories);
            }

            Volatile.Write(ref _done, stories[^1].Number);
            await spool.WriteAsync(database =>
            {
                database.StoriesDone(_done);
                return true;
            });
            return stories.Count == Batch;
        }
        finally
        {
            _turn.Release();
        }
    }

    private List<ToldStory> Read()
    {
        var stories = new List<ToldStory>();
        using ReaderPool.Lent reader = spool.Readers.Rent();
        Statement row = reader.Statement("SELECT n, told FROM story WHERE n > ? ORDER BY n LIMIT ?").Bind(1, _done).Bind(2, Batch);
        while (row.Step())
        {
            stories.Add(ToldStory.Read(row.Int64(0), row.Blob(1)));
        }

        return stories;
    }

    /// <summary>Removes the days that are too old; looks once a day.</summary>
    internal void Prune()
    {
        DateOnly today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (today == _pruned)
        {
            return;
        }

        _pruned = today;
        DateOnly oldest = DateOnly.FromDateTime((time.GetUtcNow() - options.KeepTraceFor).UtcDateTime);
        foreach (DateOnly day in files.Days().Where(d => d < oldest))
        {
            _writer.Close(day);
            files.Delete(day);
            Pruned(day);
        }
    }

    [LoggerMessage(5201, LogLevel.Error, "The trace could not be written; it is tried again, mail goes on")]
    private partial void TellingFailed(Exception fault);

    [LoggerMessage(5202, LogLevel.Information, "The trace of {Day} was removed: it is older than it is to be kept")]
    private partial void Pruned(DateOnly day);
}
