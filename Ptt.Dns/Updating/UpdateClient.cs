using System.Net;
using System.Security.Cryptography;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Dns.Transport;

namespace Ptt.Dns.Updating;

/// <summary>
/// Sends signed updates to a primary server over TCP (RFC 2136, RFC 8945). It believes only what is signed with the key and bound to its own request;
/// an unsigned refusal is passed on as a refusal, an unsigned success never as one.
/// </summary>
public sealed class UpdateClient(TimeProvider time)
{
    private readonly DnsTransport _transport = new(time);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public async ValueTask<UpdateResult> SendAsync(ZoneUpdate update, IPEndPoint server, TsigKey key, CancellationToken cancellationToken)
    {
        TimeSpan offset = TimeSpan.Zero;
        for (bool resynced = false; ; resynced = true)
        {
            byte[] message = (update.ToMessage() with { Id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1) }).Encode();
            DateTimeOffset ours = time.GetUtcNow();
            byte[] signed = Tsig.Sign(message, key, ours + offset, out byte[] mac);
            Exchange exchange = await _transport.TcpAsync(server, signed, Timeout, cancellationToken);
            if (exchange is not Exchange.Answered answered)
            {
                return NoReply((Exchange.Failed)exchange, server);
            }

            TsigReply reply = Tsig.VerifyReply(answered.Octets.Span, key, mac, time.GetUtcNow() + offset);

            // RFC 8945 §5.2.3: the server tells its time in a signed reply; take it once, so that two wrong clocks do not argue for ever.
            if (reply is { State: TsigReplyState.Signed, Record: { Error: ResponseCode.BadTime, ServerTime: { } theirs } } && !resynced)
            {
                offset = theirs - ours;
                continue;
            }

            TimeSpan skew = reply is { State: TsigReplyState.Signed, Record: { Error: ResponseCode.NoError } record } ? record.Signed - time.GetUtcNow() : offset;
            return Judge(reply, answered.Message.ResponseCode, skew) is not { } failure
                ? new UpdateResult.Done(skew)
                : new UpdateResult.Failed(failure, UpdateExplanations.Explain(failure, update.Zone, server, key, skew));
        }
    }

    /// <summary>Null: done.</summary>
    private static UpdateFailure? Judge(TsigReply reply, ResponseCode code, TimeSpan skew) => (reply.State, reply.Record?.Error, code) switch
    {
        (TsigReplyState.Forged, _, _) => UpdateFailure.ForgedReply,
        (_, ResponseCode.BadKey, _) => UpdateFailure.BadKey,
        (_, ResponseCode.BadVersOrSig, _) => UpdateFailure.BadSig,
        (_, ResponseCode.BadTime, _) => UpdateFailure.BadTime,
        (_, _, ResponseCode.Refused) => UpdateFailure.Refused,
        (_, _, ResponseCode.ServFail) => UpdateFailure.ServFail,
        (_, _, ResponseCode.FormErr) => UpdateFailure.FormErr,
        (_, _, ResponseCode.NotImp) => UpdateFailure.NotImplemented,
        (_, _, ResponseCode.NotAuth) => UpdateFailure.NotAuth,

        // Whoever got as far as the prerequisites has verified our signature and signs the reply (§5.3): unsigned it is not from the server.
        (TsigReplyState.Unsigned, _, _) => UpdateFailure.ForgedReply,
        (_, _, ResponseCode.NoError) => null,
        (_, _, ResponseCode.NotZone) => UpdateFailure.NotZone,
        (_, _, ResponseCode.YXDomain) => UpdateFailure.YXDomain,
        (_, _, ResponseCode.YXRRset) => UpdateFailure.YXRRset,
        (_, _, ResponseCode.NXDomain) => UpdateFailure.NXDomain,
        (_, _, ResponseCode.NXRRset) => UpdateFailure.NXRRset,
        _ => UpdateFailure.ServFail,
    };

    private static UpdateResult.Failed NoReply(Exchange.Failed failed, IPEndPoint server) => failed.Reason switch
    {
        DnsFailure.Timeout => new UpdateResult.Failed(UpdateFailure.Timeout, $"{failed.Detail}. Whether the update was carried out is not known; it is read back before the next attempt."),
        DnsFailure.Malformed => new UpdateResult.Failed(UpdateFailure.ForgedReply, $"What came back from {server} is no reply to our update. It is not believed."),
        _ => new UpdateResult.Failed(UpdateFailure.Unreachable, $"{failed.Detail}. Is it the primary, and is TCP port 53 open to us?"),
    };
}
