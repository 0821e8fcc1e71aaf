using System.Collections.Concurrent;

namespace Ptt.Web.Access.Factors;

/// <summary>Makes guessing codes slow. Only who knows the password gets here, so nobody else can lock a person out: after three failures each further one doubles the wait.</summary>
internal sealed class FactorThrottle(TimeProvider time)
{
    private const int Free = 3;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Forget = TimeSpan.FromHours(12);

    private readonly ConcurrentDictionary<string, (int Failures, long At)> _failures = new(StringComparer.Ordinal);

    /// <summary>How long to wait before the next try counts; null: now.</summary>
    public TimeSpan? Wait(string person)
    {
        if (!_failures.TryGetValue(person, out (int Failures, long At) told) || told.Failures < Free)
        {
            return null;
        }

        TimeSpan wait = TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(20, told.Failures - Free + 1)))) - time.GetElapsedTime(told.At);
        return wait > TimeSpan.Zero ? wait : null;
    }

    public void Failed(string person) => _failures.AddOrUpdate(
        person, _ => (1, time.GetTimestamp()), (_, told) => (time.GetElapsedTime(told.At) > Forget ? 1 : told.Failures + 1, time.GetTimestamp()));

    public void Succeeded(string person) => _failures.TryRemove(person, out _);
}
