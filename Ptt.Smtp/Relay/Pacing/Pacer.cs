using System.Collections.Concurrent;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Relay.Pacing;

/// <summary>
/// How much at once, and how much in a while, for each provider. A provider is whoever stands behind an MX: domains whose mail goes to
/// the same kind of host are one (<see cref="Provider"/>). Concurrency grows with success and is halved when the other side says that it is too much
/// (421, 4.7.x, "slow down"), as TCP does.
/// </summary>
public sealed class Pacer(RelayOptions options, TimeProvider time)
{
    private const int StartWith = 5;
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(1), BetweenHalvings = TimeSpan.FromSeconds(5), Forget = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Destination, (string Provider, long At)> _providers = [];
    private readonly ConcurrentDictionary<string, State> _states = new(StringComparer.Ordinal);

    /// <summary>
    /// The destination's provider, as far as it is known; before the first MX answer the destination stands for itself, and so does one that has been given limits of its own.
    /// </summary>
    public string KeyOf(Destination destination) =>
        HasOwnLimits(destination) ? destination.Name
        : _providers.TryGetValue(destination, out (string Provider, long At) known) ? known.Provider : destination.Name;

    /// <summary>The same, when routing has just been asked.</summary>
    internal string KeyOf(Destination destination, NextHosts.Found hosts) => HasOwnLimits(destination) ? destination.Name : Provider(destination, hosts);

    private bool HasOwnLimits(Destination destination) =>
        (options.ConnectionLimits.Count > 0 && options.ConnectionLimits.ContainsKey(destination.Name))
        || (options.Rates.Count > 0 && options.Rates.ContainsKey(destination.Name));

    /// <summary>Called with what routing found; costs a look-up when it is known already.</summary>
    public void Learn(Destination destination, NextHosts.Found hosts)
    {
        if (_providers.TryGetValue(destination, out (string Provider, long At) known) && time.GetElapsedTime(known.At) < Forget)
        {
            return;
        }

        if (_providers.Count > 50_000)
        {
            _providers.Clear();                          // learned again with the next attempts
        }

        _providers[destination] = (Provider(destination, hosts), time.GetTimestamp());
    }

    /// <summary>How many connections at once.</summary>
    public int LimitFor(string key)
    {
        int most = options.ConnectionLimits.TryGetValue(key, out int fixedLimit) ? fixedLimit : options.MaxConnectionsPerDestination;
        return _states.TryGetValue(key, out State? state) ? Math.Clamp((int)state.Limit, 1, most) : Math.Min(StartWith, most);
    }

    /// <summary>Null: send. Otherwise the window is used up, and this is when the next one begins.</summary>
    public TimeSpan? TakeTurn(string key)
    {
        if (options.Rates.Count == 0 || !options.Rates.TryGetValue(key, out string? text) || !Rate.TryParse(text, out Rate rate))
        {
            return null;
        }

        State state = _states.GetOrAdd(key, _ => new State { Limit = StartWith });
        lock (state)
        {
            if (state.WindowFrom is not { } from || time.GetElapsedTime(from) >= rate.Window)
            {
                (state.WindowFrom, state.Sent) = (time.GetTimestamp(), 0);
            }

            if (state.Sent >= rate.Messages)
            {
                return rate.Window - time.GetElapsedTime(state.WindowFrom.GetValueOrDefault());
            }

            state.Sent++;
            return null;
        }
    }

    /// <summary>Learns from an attempt.</summary>
    public void Observe(string key, DeliveryAttempt attempt)
    {
        bool delivered = false, tooMuch = false;
        foreach (AttemptReply said in attempt.Replies)
        {
            delivered |= said.Verdict == Verdict.Delivered;
        }

        foreach (AttemptRecord record in attempt.Records)
        {
            tooMuch |= record.Host is not null && IsTooMuch(record);
        }

        if (!delivered && !tooMuch)
        {
            return;
        }

        State state = _states.GetOrAdd(key, _ => new State { Limit = StartWith });
        lock (state)
        {
            if (tooMuch)
            {
                if (state.HalvedAt is not { } at || time.GetElapsedTime(at) >= BetweenHalvings)
                {
                    (state.Limit, state.HalvedAt) = (Math.Max(1, state.Limit / 2), time.GetTimestamp());
                }
            }
            else if (state.Limit < options.MaxConnections)
            {
                // One more for each success while all is well; after a halving one more for each round.
                bool calm = state.HalvedAt is not { } at || time.GetElapsedTime(at) >= Calm;
                state.Limit += calm ? 1 : 1 / state.Limit;
            }
        }
    }

    /// <summary>421 and 4.7.x are about us and our connections, except to RCPT, where they are about the recipient (greylisting).</summary>
    private static bool IsTooMuch(AttemptRecord record) => record.Reply.IsTransient && ReplyCauses.Of(record.Reply) switch
    {
        ReplyCause.RateLimited => true,
        ReplyCause.Greylisted or ReplyCause.Tls or ReplyCause.Network => false,
        _ => record.Reply.Code == 421 || (record.Reply.Status is { Subject: 7 } && record.Phase != "rcpt"),
    };

    /// <summary>
    /// The name above the most preferred host (<c>mail.protection.outlook.com</c> for <c>a-com.mail.protection.outlook.com</c>), so that all its
    /// customers are one; a domain that runs its own host is its own provider.
    /// </summary>
    internal static string Provider(Destination destination, NextHosts.Found hosts)
    {
        NextHost first = hosts.InOrder[0];
        if (first.Domain is not { } name)
        {
            return first.Trusted ? $"{first.Name}:{first.Port}" : destination.Name;
        }

        return destination.IsLiteral || name.IsWithin(Ptt.Dns.DomainName.Parse(destination.Name)) || name.Parent.Labels.Length < 2
            ? destination.Name
            : name.Parent.ToString();
    }

    private sealed class State
    {
        public double Limit { get; set; }

        public long? HalvedAt { get; set; }

        public long? WindowFrom { get; set; }

        public int Sent { get; set; }
    }
}
