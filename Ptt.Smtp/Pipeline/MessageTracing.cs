using System.Diagnostics;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Pipeline;

/// <summary>
/// One trace per message through all roles: what accepts it begins a span (or goes on with the one that a machine of ours told), signing, spooling and
/// handing on are below it, and each attempt at a delivery, minutes or days later, joins by what the spool remembers. Without a listener none of it is made.
/// </summary>
public static class MessageTracing
{
    public const string SourceName = "Ptt.Smtp";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Null when nobody listens.</summary>
    public static Activity? Accept(Role role, Envelope envelope) =>
        Begin("accept", ActivityKind.Server, envelope)?.SetTag("ptt.role", role.ToString()).SetTag("ptt.session.id", envelope.Origin.SessionId);

    public static Activity? Sign(Envelope envelope) => Begin("sign", ActivityKind.Internal, envelope);

    public static Activity? Spool(Envelope envelope) => Begin("spool", ActivityKind.Producer, envelope);

    /// <summary>To the machine of ours that plays the next role.</summary>
    public static Activity? HandOn(Envelope envelope, string host) => Begin("hand on", ActivityKind.Client, envelope)?.SetTag("server.address", host);

    public static Activity? Deliver(Envelope envelope, string spoolId, string destination, int attempt) =>
        Begin("deliver", ActivityKind.Consumer, envelope)?.SetTag("ptt.spool.id", spoolId).SetTag("ptt.destination", destination).SetTag("ptt.attempt", attempt);

    /// <summary>The envelope as those below see it.</summary>
    public static Envelope Under(this Envelope envelope, Activity? span) => span?.Id is { } id ? envelope with { TraceParent = id } : envelope;

    /// <summary>What came of it. A refusal is an answer, not a fault of ours; only what is to be tried again is marked.</summary>
    public static void Answered(this Activity? span, Reply reply)
    {
        span?.SetTag("smtp.reply.code", reply.Code);
        if (reply.IsTransient)
        {
            span?.SetStatus(ActivityStatusCode.Error, reply.Text);
        }
    }

    private static Activity? Begin(string name, ActivityKind kind, Envelope envelope) =>
        ActivityContext.TryParse(envelope.TraceParent, null, isRemote: true, out ActivityContext parent) ? Source.StartActivity(name, kind, parent) : Source.StartActivity(name, kind, default(ActivityContext));
}
