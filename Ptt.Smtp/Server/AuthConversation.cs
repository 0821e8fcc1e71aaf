using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Server;

/// <summary>What came of AUTH: a login and 235, or a refusal; over when the client went away or timed out.</summary>
internal readonly record struct AuthResult(Login? Login, Reply? Reply, bool IsOver, bool WrongCredentials = false);

/// <summary>Carries a SASL exchange over SMTP (RFC 4954 §4): 334 and base64, "=" for an empty initial response, "*" to cancel.</summary>
internal sealed class AuthConversation(Wire wire, LineListener lines, IAuthenticator authenticator, TlsFacts tls, IPAddress client, Limits limits)
{
    private static readonly byte[] Cancel = [(byte)'*'];

    public async ValueTask<AuthResult> RunAsync(SmtpCommand.Auth command, CancellationToken cancellationToken)
    {
        if (Mechanisms.Begin(command.Mechanism, authenticator, tls, client) is not { } exchange)
        {
            return new(null, Replies.MechanismUnknown, false);
        }

        byte[]? response = null;
        if (command.InitialResponse is { } initial && !TryDecode(initial is "=" ? [] : Encoding.ASCII.GetBytes(initial), out response))
        {
            return new(null, Replies.AuthMalformed, false);
        }

        AuthStep step = response is null && exchange.ClientFirst
            ? new AuthStep.Challenge(default)                              // §4: "334 " and nothing asks for the first response
            : await exchange.StepAsync(response is null ? default(ReadOnlyMemory<byte>?) : response.AsMemory(), cancellationToken);
        while (step is AuthStep.Challenge challenge)
        {
            wire.Say(new Reply(334, null, Convert.ToBase64String(challenge.Octets.Span)));
            (Heard heard, byte[]? line, Reply? refusal, bool fatal) = await lines.HearAsync(
                static (in ReadOnlySequence<byte> octets) => octets.ToArray(), authentication: true, limits.BeforeLoginTimeout, stoppable: false);
            if (heard != Heard.Something)
            {
                return new(null, heard == Heard.TimedOut ? Replies.TimedOut : null, IsOver: true);
            }

            if (refusal is not null || line.AsSpan().SequenceEqual(Cancel) || !TryDecode(line!, out response))
            {
                return new(null, refusal ?? (line is [(byte)'*'] ? Replies.AuthCancelled : Replies.AuthMalformed), fatal);
            }

            step = await exchange.StepAsync(response.AsMemory(), cancellationToken);
        }

        return step switch
        {
            AuthStep.Done { Verdict: AuthVerdict.Accepted accepted } => new(accepted.Login, Replies.Authenticated, false),
            AuthStep.Done { Verdict: AuthVerdict.Throttled } => new(null, Replies.AuthThrottled, false, WrongCredentials: true),
            AuthStep.Done { Verdict: AuthVerdict.Unavailable } => new(null, Replies.AuthUnavailable, false),
            AuthStep.Done => new(null, Replies.BadCredentials, false, WrongCredentials: true),
            AuthStep.Downgraded => new(null, Replies.MechanismMismatch, false, WrongCredentials: true),
            _ => new(null, Replies.AuthMalformed, false),
        };
    }

    private static bool TryDecode(ReadOnlySpan<byte> base64, out byte[]? octets)
    {
        octets = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (base64.ContainsAny(" \t"u8) || base64.Length % 4 != 0
            || Base64.DecodeFromUtf8(base64, octets, out _, out int written) != OperationStatus.Done)
        {
            octets = null;
            return false;
        }

        octets = written == octets.Length ? octets : octets[..written];
        return true;
    }
}
