using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Web.Queue;

namespace Ptt.Web.Outbound.Explaining;

/// <summary>Why mail to an address goes where it goes, or does not: what the relay would do now, and what waits already.</summary>
internal sealed class ExplainService(Explainer explainer, QueueService queue, Destinations destinations)
{
    private const int ShownWaiting = 10;

    public async ValueTask<ExplainView> ExplainAsync(Mailbox address, Mailbox? sender, CancellationToken cancellationToken)
    {
        Explanation said = await explainer.ExplainAsync(address, sender, cancellationToken);
        QueuedMessage[] waiting = [.. queue.List(new QueueFilter { Recipient = said.Address, Destination = said.Destination }, null, ShownWaiting).Items];
        return new ExplainView
        {
            Address = said.Address,
            Destination = said.Destination,
            Verdict = VerdictOf(said, destinations.IsPaused(said.Destination)),
            Via = said.Via,
            Reply = said.Reply?.ToString(),
            Suppressed = said.Suppressed,
            Paused = destinations.List().FirstOrDefault(d => d.Destination == said.Destination)?.Paused,
            Provider = said.Provider,
            ConnectionLimit = said.ConnectionLimit,
            Rate = said.Rate,
            Sts = said.Sts,
            Sources = said.Sources,
            Hosts = [.. said.Hosts.Select(HostView.Of)],
            Waiting = [.. waiting.Select(m => new WaitingView(m.Id, m.AcceptedAt, m.State, m.Attempts, m.NextTry, m.HoldReason, m.LastReply,
                ReplyCauses.OfText(m.LastReply) is { } cause ? ReplyCauses.Advice(cause) : null))],
        };
    }

    private static ExplainVerdict VerdictOf(Explanation said, bool paused) =>
        said.Suppressed is not null ? ExplainVerdict.Suppressed
        : said.Reply is { IsPermanent: true } ? ExplainVerdict.Refused
        : paused ? ExplainVerdict.Paused
        : said.Hosts.Any(h => h.Reply is null && h.Addresses.Any(a => a.NotNow is null)) ? ExplainVerdict.Sent
        : ExplainVerdict.Deferred;
}

public enum ExplainVerdict
{
    /// <summary>A host would be dialled.</summary>
    Sent,

    /// <summary>No host can be dialled at the moment.</summary>
    Deferred,

    /// <summary>It would go back to its sender.</summary>
    Refused,

    /// <summary>It would go back, for nothing is sent to that address.</summary>
    Suppressed,

    /// <summary>It would wait until the destination is resumed.</summary>
    Paused,
}

public sealed record ExplainView
{
    public required string Address { get; init; }

    public required string Destination { get; init; }

    public required ExplainVerdict Verdict { get; init; }

    /// <summary>mx, route, or literal.</summary>
    public required string Via { get; init; }

    public string? Reply { get; init; }

    public string? Suppressed { get; init; }

    public Pause? Paused { get; init; }

    public required string Provider { get; init; }

    public required int ConnectionLimit { get; init; }

    public string? Rate { get; init; }

    public ExplainedSts? Sts { get; init; }

    public required IReadOnlyList<ExplainedSource> Sources { get; init; }

    public required IReadOnlyList<HostView> Hosts { get; init; }

    /// <summary>The newest messages to the address that wait.</summary>
    public required IReadOnlyList<WaitingView> Waiting { get; init; }
}

/// <summary><paramref name="Reply"/>: the host is passed over, and why.</summary>
public sealed record HostView(
    string Name, int Port, bool Authenticated, string? Tls, string? TlsDecidedBy, IReadOnlyList<string> Tlsa, string? Reply, IReadOnlyList<ExplainedAddress> Addresses)
{
    internal static HostView Of(ExplainedHost host) => new(
        host.Name, host.Port, host.Authenticated, host.Tls?.ToString().ToLowerInvariant(), host.TlsDecidedBy, host.Tlsa, host.Reply?.ToString(), host.Addresses);
}

public sealed record WaitingView(
    string Id, DateTimeOffset AcceptedAt, QueueState State, int Attempts, DateTimeOffset? NextTry, string? HoldReason, string? LastReply, string? Advice);
