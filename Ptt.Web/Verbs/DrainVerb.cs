using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Web.Links;
using Ptt.Web.Queue;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Roles;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt drain --to HOST:PORT</c>: hands everything that waits to another relay of ours, for a machine that goes away. The service on this data directory
/// must be stopped: a spool has one owner. Each message leaves this disk when the other one has said 250, not before; it may be broken off and called again.
/// </summary>
internal static class DrainVerb
{
    public static readonly Verb Verb = new("drain", "hand the queue to another relay of ours, the service being stopped: drain --to HOST:PORT", RunAsync);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const int MaxRefusals = 20;

    private static async Task<int> RunAsync(VerbCall call)
    {
        int at = Array.IndexOf(call.Args, "--to");
        if (at < 0 || at + 1 >= call.Args.Length || !RoleOptionsValidator.TrySplit(call.Args[at + 1], out string host, out int port))
        {
            await call.Errors.WriteLineAsync("usage: ptt drain --to HOST:PORT [--Ptt:DataDirectory=…]");
            return Verb.BadUsage;
        }

        WebApplicationBuilder builder = call.Describe([.. call.Args[..at], .. call.Args[(at + 2)..]]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using WebApplication app = call.Compose(builder);
        if (app.Services.GetService<SqliteSpool>() is not { } spool)
        {
            await call.Errors.WriteLineAsync("This process does not play the role Relay (Ptt:Roles): it has no queue.");
            return Verb.Failed;
        }

        await spool.Recovered;
        var hop = new LinkHop(host, port, app.Services.GetRequiredService<LinkCertificates>(), app.Services.GetRequiredService<SessionPool>(), app.Services.GetRequiredService<SystemNames>());
        (int handed, Reply? refusal) = await DrainAsync(app.Services, spool, hop, $"{host}:{port}");
        await call.Output.WriteLineAsync($"{handed} handed to {host}:{port}; {spool.Hands.Depth} messages stay here.");
        if (spool.Hands.Depth > 0)
        {
            await call.Errors.WriteLineAsync(refusal is null ? "What stays is held: release or drop it, and call again." : $"The other side said: {refusal.Code} {refusal.Text}");
        }

        return spool.Hands.Depth == 0 ? Verb.Done : Verb.Failed;
    }

    private static async Task<(int Handed, Reply? Refusal)> DrainAsync(IServiceProvider services, SqliteSpool spool, LinkHop hop, string to)
    {
        // Now, and not when its next try would be.
        await (await services.GetRequiredService<QueueJobs>().StartAsync(new QueueFilter(), new QueueOrder(QueueVerb.Retry, "drain"))).Done;
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        (int handed, int refused, Reply? refusal) = (0, 0, null);
        while (refused < MaxRefusals && spool.Hands.Depth > 0)
        {
            IReadOnlyList<Delivery> deliveries = await spool.LeaseAsync(new LeaseRequest(100, _ => 100), CancellationToken.None);
            if (deliveries.Count == 0)
            {
                long before = time.GetTimestamp();
                await spool.WaitForWorkAsync(Patience, CancellationToken.None);
                if (time.GetElapsedTime(before) >= Patience)
                {
                    break;
                }

                continue;
            }

            var settlements = new List<Settlement>();
            foreach (Delivery delivery in deliveries)
            {
                (Settlement settlement, Reply reply) = await HandAsync(spool, hop, delivery, to, time);
                settlements.Add(settlement);
                (handed, refused, refusal) = reply.IsPositive ? (handed + 1, refused, refusal) : (handed, refused + 1, reply);
            }

            await spool.SettleAsync(settlements, CancellationToken.None);
        }

        return (handed, refusal);
    }

    private static async Task<(Settlement Settlement, Reply Reply)> HandAsync(SqliteSpool spool, LinkHop hop, Delivery delivery, string to, TimeProvider time)
    {
        (long started, DateTimeOffset now) = (time.GetTimestamp(), time.GetUtcNow());
        Reply reply;
        if (delivery.Content is { } inMemory)
        {
            reply = await hop.AcceptAsync(delivery.Envelope, inMemory, CancellationToken.None);
        }
        else
        {
            await using MessageContent? content = await spool.OpenAsync(delivery.Id, CancellationToken.None);
            reply = content is null ? Replies.StorageFault : await hop.AcceptAsync(delivery.Envelope, content, CancellationToken.None);
        }

        RecipientOutcome outcome = reply.IsPositive ? new RecipientOutcome.Delivered(reply) : new RecipientOutcome.Deferred(reply, now + TimeSpan.FromMinutes(5));
        return (new Settlement
        {
            Delivery = delivery,
            Outcomes = [.. delivery.Recipients.Select(_ => outcome)],
            Attempts = [new AttemptRecord { StartedAt = now, Took = time.GetElapsedTime(started), Host = to, TlsPolicy = "route", Phase = "end-of-data", Reply = reply }],
        }, reply);
    }
}
