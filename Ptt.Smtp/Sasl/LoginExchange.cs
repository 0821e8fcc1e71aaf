using System.Net;
using System.Text;
using System.Text.Unicode;

namespace Ptt.Smtp.Sasl;

/// <summary>LOGIN, which no RFC describes (draft-murchison-sasl-login-00) and many clients still speak: a name, then a password.</summary>
internal sealed class LoginExchange(IAuthenticator authenticator, IPAddress client) : AuthExchange
{
    private static readonly ReadOnlyMemory<byte> AskName = "Username:"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> AskPassword = "Password:"u8.ToArray();

    private string? _name;

    // A name as initial response is beyond the draft, but clients send it.
    public override bool ClientFirst => false;

    public override async ValueTask<AuthStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        if (response is not { } octets)
        {
            return new AuthStep.Challenge(AskName);
        }

        if (octets.IsEmpty || !Utf8.IsValid(octets.Span) || octets.Span.Contains((byte)0))
        {
            return new AuthStep.Malformed();
        }

        string text = Encoding.UTF8.GetString(octets.Span);
        if (_name is null)
        {
            _name = text;
            return new AuthStep.Challenge(AskPassword);
        }

        return new AuthStep.Done(await authenticator.VerifyPasswordAsync(_name, text, client, cancellationToken));
    }
}
