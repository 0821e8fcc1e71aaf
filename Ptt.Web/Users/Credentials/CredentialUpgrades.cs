using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Credentials;

/// <summary>
/// What a login leaves to do: a verifier that is not what we make today is made anew while the password is
/// at hand. It does not hold up the login.
/// </summary>
internal sealed class CredentialUpgrades(IOptionsMonitor<UsersOptions> options)
{
    private readonly Channel<CredentialUpgrade> _due = Channel.CreateBounded<CredentialUpgrade>(1000);
    private readonly ConcurrentDictionary<(Mailbox Address, string Old), string> _underWay = new();
    private readonly ConcurrentDictionary<string, string> _predecessors = new(StringComparer.Ordinal);

    public ChannelReader<CredentialUpgrade> Due => _due.Reader;

    public void Consider(User user, string password)
    {
        int wanted = options.CurrentValue.Iterations;
        if (user.Verifier is { } old && (!ScramVerifier.TryParse(old, out ScramVerifier? verifier) || verifier.Iterations < wanted)
            && !_underWay.ContainsKey((user.Address, old)))
        {
            string made = ScramVerifier.Create(password, wanted).ToString();
            if (_underWay.TryAdd((user.Address, old), made))
            {
                _predecessors[made] = old;
                if (!_due.Writer.TryWrite(new CredentialUpgrade(user.Address, old, made)))
                {
                    Ended(user.Address, old);
                }
            }
        }
    }

    /// <summary>What the verifier of a user is about to become: a session that was opened with the old one goes on with it. Null: it stays.</summary>
    public string? SuccessorOf(Mailbox address, string verifier) => _underWay.GetValueOrDefault((address, verifier));

    /// <summary>The verifier of the same password that this one took the place of since the start.</summary>
    public string? PredecessorOf(string verifier) => _predecessors.GetValueOrDefault(verifier);

    /// <summary>It is written, or cannot be now: the next login brings it again.</summary>
    public void Ended(Mailbox address, string old) => _underWay.TryRemove((address, old), out _);
}

internal sealed record CredentialUpgrade(Mailbox Address, string Old, string Verifier);
