using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Smtp.Client;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Security;
using Ptt.Tests.Smtp.Relay;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd.Zoo;

/// <summary><paramref name="Rule"/> decided about TLS; <paramref name="Told"/>: what the domain's TLS report says.</summary>
internal sealed record ZooResult(Animal Animal, string Did, string Rule, string Told);

/// <summary>Brings a message to each destination with the relay's own parts, all at once, and puts into words what came of it.</summary>
internal static partial class ZooRun
{
    public static async Task<IReadOnlyList<ZooResult>> VisitAsync(ZooWorld world, SignedNames names)
    {
        var told = new Told();
        using var fetcher = new HttpsStsFetcher(new AddressLookup(names.Resolver, false), new AddressPolicy(allowPrivate: true), world.Web!.Port, [world.Authority]);
        var sts = new StsPolicies(names.Resolver, fetcher, TimeProvider.System, NullLogger<StsPolicies>.Instance);
        await using var patient = new RelayHarness(names.Resolver, world.Port, sts: sts, reports: told);
        ZooResult[] results = await Task.WhenAll(world.Animals.Select(a => a.Hurry is null ? VisitAsync(patient, a) : HurryAsync(a)));
        return [.. results.Select(r => r with { Told = told.Of(r.Animal.Domain) })];

        async Task<ZooResult> HurryAsync(Animal animal)
        {
            await using var hasty = new RelayHarness(names.Resolver, world.Port, o => animal.Hurry!(o.Timeouts), sts: sts, reports: told);
            return await VisitAsync(hasty, animal);
        }
    }

    private static async Task<ZooResult> VisitAsync(RelayHarness relay, Animal animal)
    {
        Ptt.Smtp.Pipeline.Envelope envelope = Mails.Envelope(string.Join(' ', animal.Recipients.Select(r => $"{r}@{animal.Domain}")));
        Delivery delivery = relay.Delivery(animal.With?.Invoke(envelope) ?? envelope);
        var said = new List<string>();
        DeliveryAttempt attempt = null!;
        for (int tries = animal.Again ? 2 : 1; tries > 0; tries--)
        {
            attempt = await relay.Deliverer.DeliverAsync(delivery, animal.Content ?? Mails.Content(), CancellationToken.None);
            said.Add(Words(animal, attempt));
        }

        return new ZooResult(animal, string.Join("; then ", said), attempt.Records[^1].TlsPolicy ?? "–", "");
    }

    private static string Words(Animal animal, DeliveryAttempt attempt)
    {
        string[] each = [.. attempt.Replies.Select(r => r.Verdict switch
        {
            Verdict.Delivered => "delivered",
            Verdict.Defer => ("deferred " + r.Reply.StatusText).TrimEnd(),
            _ => ("returned " + r.Reply.StatusText).TrimEnd(),
        })];
        string outcome = each.Distinct().Count() == 1 ? each[0] : string.Join(", ", animal.Recipients.Zip(each, (name, fate) => $"{name} {fate}"));
        AttemptRecord last = attempt.Records[^1];
        outcome += last.PerhapsDelivered ? ", perhaps delivered" : "";
        string tls = last.Tls is null ? "in the clear" : $"over {last.Tls.Split(' ')[0]}, certificate {(last.Certificate!.EndsWith("(verified)", StringComparison.Ordinal) ? "verified" : "not verified")}";
        AttemptReply ours = attempt.Replies.FirstOrDefault(r => r.Verdict != Verdict.Delivered && r.RemoteHost is null);
        return outcome + (attempt.Replies.Any(r => r.Verdict == Verdict.Delivered) ? " " + tls : "")
            + (ours.Reply is { } own ? $" ({last.Phase}: {Steady(own.Text)})" : "");
    }

    /// <summary>Without what differs from run to run.</summary>
    private static string Steady(string text)
    {
        text = EndPoint().Replace(text, "the host");
        return text.StartsWith("TLS handshake failed", StringComparison.Ordinal) ? "TLS handshake failed" : text;
    }

    [GeneratedRegex(@"127\.0\.\d+\.\d+:\d+")]
    private static partial Regex EndPoint();

    private sealed class Told : ITlsReports
    {
        private readonly ConcurrentQueue<TlsSession> _sessions = [];

        public void Note(TlsSession session) => _sessions.Enqueue(session);

        public string Of(string domain) => string.Join(", ",
            _sessions.Where(s => s.Domain == domain).Select(s => $"{s.Policy.Type}: {s.Result.Name()}").Distinct()) is { Length: > 0 } told ? told : "–";
    }
}
