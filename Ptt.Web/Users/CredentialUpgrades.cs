using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Sasl;

namespace Ptt.Web.Users;

/// <summary>
/// What a login leaves to do: a verifier that is not what we make today is made anew while the password is
/// at hand. It does not hold up the login.
/// </summary>
internal sealed class CredentialUpgrades(IOptionsMonitor<UsersOptions> options)
{
    private readonly Channel<(Mailbox Address, string Old, string Verifier)> _due = Channel.CreateBounded<(Mailbox, string, string)>(1000);

    public ChannelReader<(Mailbox Address, string Old, string Verifier)> Due => _due.Reader;

    public void Consider(User user, string password)
    {
        int wanted = options.CurrentValue.Iterations;
        if (user.Verifier is { } old && (!ScramVerifier.TryParse(old, out ScramVerifier? verifier) || verifier.Iterations < wanted))
        {
            _due.Writer.TryWrite((user.Address, old, ScramVerifier.Create(password, wanted).ToString()));
        }
    }
}
