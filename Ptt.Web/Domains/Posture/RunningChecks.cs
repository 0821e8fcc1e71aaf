using System.Collections.Concurrent;
using System.Collections.Immutable;
using Ptt.Dns;

namespace Ptt.Web.Domains.Posture;

/// <summary>The comparisons that somebody asked for and that are under way, one for each domain: who asks for a second one watches the first. They go on when the page is left.</summary>
internal sealed partial class RunningChecks(DomainPosture posture, IHostApplicationLifetime lifetime, ILogger<RunningChecks> logger)
{
    private readonly ConcurrentDictionary<DomainName, RunningCheck> _running = new();

    public RunningCheck? Of(DomainName domain) => _running.GetValueOrDefault(domain);

    public RunningCheck Begin(DomainName domain)
    {
        var mine = new RunningCheck();
        RunningCheck one = _running.GetOrAdd(domain, mine);
        if (ReferenceEquals(one, mine))
        {
            _ = RunAsync(domain, mine);
        }

        return one;
    }

    private async Task RunAsync(DomainName domain, RunningCheck check)
    {
        try
        {
            await posture.CheckAsync(domain, lifetime.ApplicationStopping, check.Take);
        }
        catch (OperationCanceledException)
        {
            // We stop.
        }
        catch (Exception fault)
        {
            CheckFaulted(domain, fault);   // our bug; whoever watches sees what was known before
        }
        finally
        {
            _running.TryRemove(domain, out _);
            check.End();
        }
    }

    [LoggerMessage(4021, LogLevel.Error, "The comparison of {Domain} with DNS faulted")]
    private partial void CheckFaulted(DomainName domain, Exception fault);
}

/// <summary>How far a comparison is, for any number of people who watch it.</summary>
internal sealed class RunningCheck
{
    private readonly Lock _gate = new();

    /// <summary>After each answer and at the end; handlers return at once.</summary>
    public event Action? Changed;

    public PostureProgress Now { get; private set; } = new(0, 1, []);

    /// <summary>What was found until now.</summary>
    public ImmutableList<PostureItem> Found { get; private set; } = [];

    public bool HasEnded { get; private set; }

    internal void Take(PostureProgress step)
    {
        lock (_gate)
        {
            Found = Found.AddRange(step.Found);
            Now = step.Done >= Now.Done ? step : Now;
        }

        Changed?.Invoke();
    }

    internal void End()
    {
        HasEnded = true;
        Changed?.Invoke();
    }
}
