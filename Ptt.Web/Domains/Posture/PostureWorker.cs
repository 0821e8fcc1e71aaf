using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains.Posture;

/// <summary>Compares every domain of ours each day, and a new one at once. What is wrong becomes an alarm, and what is mended ends it.</summary>
internal sealed partial class PostureWorker(
    DomainPosture posture, IOwnDomains domains, IAlarms alarms, IOptions<DomainOptions> options, TimeProvider time, ILogger<PostureWorker> logger) : BackgroundService
{
    /// <summary>After the start, so that listeners and the sandbox are up first.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var bell = new SemaphoreSlim(0, 1);
        void Ring()
        {
            try
            {
                bell.Release();
            }
            catch (SemaphoreFullException)
            {
                // It rings already.
            }
        }

        domains.Changed += Ring;
        try
        {
            await Task.Delay(Settling, time, stoppingToken);
            var due = new Dictionary<DomainName, DateTimeOffset>();
            while (!stoppingToken.IsCancellationRequested)
            {
                DateTimeOffset now = time.GetUtcNow();
                foreach (DomainName domain in domains.All.Where(d => !due.TryGetValue(d, out DateTimeOffset at) || at <= now).ToArray())
                {
                    due[domain] = now + options.Value.CheckEvery;
                    await CompareAsync(domain, stoppingToken);
                }

                foreach (DomainName gone in due.Keys.Except(domains.All).ToArray())
                {
                    due.Remove(gone);
                    alarms.Clear(AlarmOf(gone));
                }

                using var wait = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                Task rung = bell.WaitAsync(wait.Token);
                await Task.WhenAny(rung, Task.Delay(Lesser(options.Value.CheckEvery, TimeSpan.FromHours(1)), time, wait.Token));
                await wait.CancelAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        finally
        {
            domains.Changed -= Ring;
        }
    }

    internal async Task CompareAsync(DomainName domain, CancellationToken cancellationToken)
    {
        try
        {
            DomainReport report = await posture.CheckAsync(domain, cancellationToken);
            PostureItem[] wrong = [.. report.Items.Where(i => i.State >= PostureState.Warning)];
            if (wrong.Length > 0)
            {
                alarms.Raise(
                    AlarmOf(domain), wrong.Any(i => i.State == PostureState.Bad) ? AlarmSeverity.Warning : AlarmSeverity.Notice,
                    $"{domain}: {string.Join(" ", wrong.Select(i => $"{i.Kind}: {i.Text}"))}", $"/domains/{domain}");
            }
            else if (report.Items.All(i => i.State != PostureState.Unknown))
            {
                alarms.Clear(AlarmOf(domain));
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Faulted(domain, fault);
        }
    }

    private static string AlarmOf(DomainName domain) => $"dns.posture:{domain}";

    private static TimeSpan Lesser(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(3011, LogLevel.Error, "Comparing the DNS of {Domain} faulted")]
    private partial void Faulted(DomainName domain, Exception fault);
}
