using System.Net;
using Ptt.Mail;
using Ptt.Smtp.Sasl;

namespace Ptt.Tests.Support;

/// <summary>A handful of users in memory; each password is "pencil".</summary>
internal sealed class StaticAuthenticator(params string[] addresses) : IAuthenticator
{
    private static readonly ScramVerifier Pencil = ScramVerifier.Derive("pencil", "0123456789abcdef"u8, 4096);

    private readonly HashSet<string> _revoked = [];

    /// <summary>What every attempt gets instead of a verdict of its own.</summary>
    public AuthVerdict? Always { get; set; }

    public int? MaxSessions { get; set; }

    /// <summary>As a store that is broken in a way nobody foresaw.</summary>
    public bool Throws { get; set; }

    public void Revoke(string address) => _revoked.Add(address);

    public ValueTask<AuthVerdict> VerifyPasswordAsync(string userName, string password, IPAddress client, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Verdict(userName, password == "pencil"));

    public ValueTask<ScramVerifier> GetScramVerifierAsync(string userName, IPAddress client, CancellationToken cancellationToken) => ValueTask.FromResult(Pencil);

    public ValueTask<AuthVerdict> CompleteScramAsync(string userName, ScramVerifier? proven, IPAddress client, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Verdict(userName, proven is not null));

    public bool IsCurrent(Login login) => !_revoked.Contains(login.Address.ToString());

    private AuthVerdict Verdict(string userName, bool good) =>
        Throws ? throw new InvalidOperationException("A fault of the authenticator.") : Always ?? (good && addresses.Contains(userName)
            ? new AuthVerdict.Accepted(new Login { Address = Mailbox.Parse(userName), SendAs = ["*@lists.example.org"], MaxSessions = MaxSessions, IsService = userName.StartsWith("service@", StringComparison.Ordinal) })
            : new AuthVerdict.Refused());
}
