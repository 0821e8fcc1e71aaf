using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Smtp.Client;
using Ptt.Smtp.Relay;

namespace Ptt.Web.Domains.Posture;

/// <summary>
/// Whether mail can leave at all: many providers block port 25 outward. A mail server of the world is connected to and greeted, as the relay would do it; no mail is sent. The
/// answer is the machine's, not the domain's, and kept for a while.
/// </summary>
internal sealed class OutwardPosture(IResolver resolver, OwnAddresses addresses, IOptions<DomainOptions> options, IOptions<RelayOptions> relay, TimeProvider time) : IPostureCheck, IDisposable
{
    private static readonly string[] Usual = ["gmail.com", "outlook.com", "yahoo.com"];
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(15);
    private static readonly ClientTimeouts Timeouts = new()
    {
        Connect = TimeSpan.FromSeconds(8), Greeting = TimeSpan.FromSeconds(20), Ehlo = TimeSpan.FromSeconds(20), Tls = TimeSpan.FromSeconds(20),
    };

    private readonly Dialer _dialer = new(new AddressPolicy(relay.Value.AllowPrivateAddresses, [.. relay.Value.AllowedNetworks.Select(IPNetwork.Parse)]), time);
    private readonly SemaphoreSlim _one = new(1, 1);
    private PostureItem? _last;
    private long _lastAt;

    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        if (!options.Value.TryOutwards)
        {
            return [];
        }

        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_last is null || time.GetElapsedTime(_lastAt) > GoodFor)
            {
                _last = await TryAsync(cancellationToken);
                _lastAt = time.GetTimestamp();
            }

            return [_last];
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async ValueTask<PostureItem> TryAsync(CancellationToken cancellationToken)
    {
        DomainName name = addresses.Hostname ?? DomainName.Root;
        if (relay.Value.Routes.TryGetValue("*", out string? smartHost))
        {
            return PostureItem.Of(PostureKind.Outward, PostureState.Good, name, $"All mail leaves by {smartHost} (Ptt:Relay:Routes:*); port 25 outward is not needed.");
        }

        var failed = new List<string>();
        bool silent = false;
        foreach (string probe in options.Value.OutwardProbes.Length > 0 ? options.Value.OutwardProbes : Usual)
        {
            (IReadOnlyList<SessionTarget> targets, bool isKnown) = await TargetsAsync(DomainName.Parse(probe), cancellationToken);
            silent |= !isKnown;
            if (targets.Count == 0)
            {
                continue;
            }

            SessionOpening opening = await SmtpClientSession.OpenAsync(targets, relay.Value.HeloName, _dialer, Timeouts, time, cancellationToken);
            if (opening is SessionOpening.Opened opened)
            {
                await opened.Session.QuitAsync(cancellationToken);
                await opened.Session.DisposeAsync();
                return PostureItem.Of(PostureKind.Outward, PostureState.Good, name, $"{targets[0].Host} answers on port {relay.Value.Port}: mail can leave.");
            }

            var refused = (SessionOpening.Refused)opening;
            if (refused.Phase != SmtpPhase.Connect)
            {
                return PostureItem.Of(
                    PostureKind.Outward, PostureState.Warning, name, $"Port {relay.Value.Port} is open outward, but {targets[0].Host} does not want us: {refused.Reply.Code} {refused.Reply.Text}.",
                    "See whether our address is in a list of bad ones, and what its name is.");
            }

            failed.Add($"{targets[0].Host}: {refused.Reply.Text}");
        }

        return (failed.Count, silent) switch
        {
            (> 0, _) => PostureItem.Of(
                PostureKind.Outward, PostureState.Bad, name, $"No connection to port {relay.Value.Port} outward ({string.Join("; ", failed)}). Many providers block it.",
                "Have your provider open port 25 outward, or name a smart host in Ptt:Relay:Routes:*."),
            (_, true) => PostureItem.Of(PostureKind.Outward, PostureState.Unknown, name, "DNS does not tell now which servers could be tried."),
            _ => PostureItem.Of(PostureKind.Outward, PostureState.Advice, name, "It could not be tried: none of the domains named for it has a mail server.", "Name others in Ptt:Domains:OutwardProbes."),
        };
    }

    /// <summary>The addresses of a domain's most preferred server; false where DNS was silent.</summary>
    private async ValueTask<(IReadOnlyList<SessionTarget> Targets, bool IsKnown)> TargetsAsync(DomainName domain, CancellationToken cancellationToken)
    {
        switch (await resolver.QueryAsync(domain, RecordType.Mx, cancellationToken))
        {
            case DnsAnswer.Found found when found.Data<RecordData.Mx>().Where(m => !m.Exchange.IsRoot).MinBy(m => m.Preference) is { } best:
                IReadOnlyList<IPAddress> resolved = await addresses.ResolveAsync(best.Exchange, cancellationToken);
                return ([.. resolved.OrderBy(a => a.AddressFamily).Take(4)
                    .Select(a => new SessionTarget(best.Exchange.ToString(), new IPEndPoint(a, relay.Value.Port), TlsPolicy.Opportunistic))], true);
            case DnsAnswer.Failed:
                return ([], false);
            default:
                return ([], true);
        }
    }
}
