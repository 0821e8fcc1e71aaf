using System.Net;
using System.Text;

namespace Ptt.Smtp.Sasl;

/// <summary>RFC 4616: authzid NUL authcid NUL password.</summary>
internal sealed class PlainExchange(IAuthenticator authenticator, IPAddress client) : AuthExchange
{
    public override bool ClientFirst => true;

    public override async ValueTask<AuthStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        if (response is not { } octets || !TryRead(octets.Span, out string authzid, out string authcid, out string password))
        {
            return new AuthStep.Malformed();
        }

        AuthVerdict verdict = await authenticator.VerifyPasswordAsync(authcid, password, client, cancellationToken);

        // RFC 4616 §2: nobody here may act for another; asked after the password, so that the answer tells nothing more.
        return authzid.Length == 0 || string.Equals(authzid, authcid, StringComparison.OrdinalIgnoreCase)
            ? new AuthStep.Done(verdict)
            : new AuthStep.Done(verdict is AuthVerdict.Accepted ? new AuthVerdict.Refused() : verdict);
    }

    private static bool TryRead(ReadOnlySpan<byte> octets, out string authzid, out string authcid, out string password)
    {
        authzid = authcid = password = "";
        int first = octets.IndexOf((byte)0);
        int second = first < 0 ? -1 : octets[(first + 1)..].IndexOf((byte)0);
        if (second < 0 || !System.Text.Unicode.Utf8.IsValid(octets))
        {
            return false;
        }

        ReadOnlySpan<byte> name = octets.Slice(first + 1, second);
        ReadOnlySpan<byte> secret = octets[(first + second + 2)..];
        if (name.IsEmpty || secret.IsEmpty || secret.Contains((byte)0))
        {
            return false;
        }

        (authzid, authcid, password) = (Encoding.UTF8.GetString(octets[..first]), Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(secret));
        return true;
    }
}
