using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sending;

namespace Ptt.Web.Users.Credentials;

/// <summary>
/// Who may log in, from what is in memory. One derivation for each try, whoever is asked for: an unknown user costs the same as a
/// wrong password and is answered alike. Never touches git.
/// </summary>
internal sealed partial class UserAuthenticator : IAuthenticator
{
    private readonly UserDirectory _directory;
    private readonly LoginThrottle _throttle;
    private readonly VerifiedCredentials _verified;
    private readonly CredentialUpgrades _upgrades;
    private readonly StableSecret _secret;
    private readonly AppPasswordUse _use;
    private readonly IOptionsMonitor<UsersOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<UserAuthenticator> _logger;
    private readonly Counter<long> _logins;
    private readonly SemaphoreSlim _deriving = new(Math.Max(1, Environment.ProcessorCount - 1));
    private int _waiting;

    private const int MaxWaiting = 200;

    public UserAuthenticator(
        UserDirectory directory, LoginThrottle throttle, VerifiedCredentials verified, CredentialUpgrades upgrades, StableSecret secret, AppPasswordUse use,
        IOptionsMonitor<UsersOptions> options, TimeProvider time, IMeterFactory meters, ILogger<UserAuthenticator> logger)
    {
        (_directory, _throttle, _verified, _upgrades, _secret, _use) = (directory, throttle, verified, upgrades, secret, use);
        (_options, _time, _logger) = (options, time, logger);
        _logins = meters.Create("Ptt.Users").CreateCounter<long>("ptt.users.logins", description: "Attempts to log in, by result");
    }

    public async ValueTask<AuthVerdict> VerifyPasswordAsync(string userName, string password, IPAddress client, CancellationToken cancellationToken)
    {
        Mailbox? address = AddressOf(userName);
        string login = address?.ToString() ?? "?";
        if (_throttle.Wait(login, client) is { } wait)
        {
            return Throttled(wait);
        }

        StoredUser? stored = address is null ? null : _directory.FindActive(address);
        (string? verifier, AppPassword? app) = Choose(stored?.User, password, client);
        if (verifier is not null && stored is not null && _verified.Knows(verifier, password))
        {
            return Accept(stored, verifier, app, login, client);
        }

        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return Throttled(TimeSpan.FromSeconds(5));
        }

        bool fits;
        try
        {
            await _deriving.WaitAsync(cancellationToken);
            try
            {
                fits = Fits(verifier, password);
            }
            finally
            {
                _deriving.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        // What was there when we began may be gone meanwhile: look again before saying yes.
        stored = address is null ? null : _directory.FindActive(address);
        if (!fits || stored is null || Choose(stored.User, password, client).Verifier != verifier)
        {
            return Refuse(login, client);
        }

        _verified.Remember(verifier!, password);
        if (app is null)
        {
            _upgrades.Consider(stored.User, password);
        }

        return Accept(stored, verifier!, app, login, client);
    }

    public ValueTask<ScramVerifier> GetScramVerifierAsync(string userName, IPAddress client, CancellationToken cancellationToken)
    {
        Mailbox? address = AddressOf(userName);
        StoredUser? stored = address is null ? null : _directory.FindActive(address);
        bool usable = stored is not null && _throttle.Wait(address!.ToString(), client) is null;
        return ValueTask.FromResult(usable && ScramVerifier.TryParse(stored!.User.Verifier, out ScramVerifier? verifier) ? verifier : MadeUp(userName));
    }

    public ValueTask<AuthVerdict> CompleteScramAsync(string userName, ScramVerifier? proven, IPAddress client, CancellationToken cancellationToken)
    {
        Mailbox? address = AddressOf(userName);
        string login = address?.ToString() ?? "?";
        if (_throttle.Wait(login, client) is { } wait)
        {
            return ValueTask.FromResult(Throttled(wait));
        }

        return ValueTask.FromResult<AuthVerdict>(
            proven is not null && address is not null && _directory.FindActive(address) is { User.Verifier: { } verifier } stored
            && ScramVerifier.TryParse(verifier, out ScramVerifier? inForce) && CryptographicOperations.FixedTimeEquals(inForce.StoredKey.Span, proven.StoredKey.Span)
                ? Accept(stored, verifier, null, login, client) : Refuse(login, client));
    }

    public bool IsCurrent(Login login)
    {
        if (_directory.FindActive(login.Address) is not { } stored || (login.AppPasswordId is { } id && _directory.IsDenied(login.Address, id)))
        {
            return false;
        }

        // Asked at every command of a session: nothing at all has changed, mostly.
        if (login.AppPasswordId is null && login.Version.StartsWith(stored.Version, StringComparison.Ordinal)
            && (login.Version.Length == stored.Version.Length || login.Version[stored.Version.Length] == ':'))
        {
            return true;
        }

        string[] version = login.Version.Split(':');
        AppPassword? app = stored.User.AppPasswords.FirstOrDefault(a => a.Id == login.AppPasswordId);
        string? verifier = login.AppPasswordId is null ? stored.User.Verifier : app is not null && !(app.Expires <= _time.GetUtcNow()) ? app.Verifier : null;
        return verifier is not null && version.Skip(1).Contains(Stamp(stored.User, verifier));
    }

    // Without a domain: where there is but one, that is meant.
    private Mailbox? AddressOf(string userName)
    {
        string text = userName.Contains('@', StringComparison.Ordinal) || _directory.All is not { Count: 1 } domains ? userName : $"{userName}@{domains.First()}";
        return Addresses.TryCanonical(text, out Mailbox? address) ? address : null;
    }

    private (string? Verifier, AppPassword? App) Choose(User? user, string password, IPAddress client)
    {
        if (user is not null && AppPasswordText.IdOf(password) is { } id && user.AppPasswords.FirstOrDefault(a => a.Id == id) is { } app)
        {
            IPAddress plain = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
            bool usable = !_directory.IsDenied(user.Address, id) && !(app.Expires <= _time.GetUtcNow()) && (app.Networks.Count == 0 || app.Networks.Any(n => n.Contains(plain)));
            return (usable ? app.Verifier : null, app);
        }

        return (user?.Verifier, null);
    }

    private bool Fits(string? verifier, string password)
    {
        if (password.Length > 1024)
        {
            return false;
        }

        try
        {
            if (ScramVerifier.TryParse(verifier, out ScramVerifier? scram))
            {
                return scram.Verify(password);
            }

            bool blake = verifier is not null && Secret.FitsBlake2b(verifier, password);
            _ = MadeUp("").Verify(password);   // the same work, for the clock
            return blake;
        }
        catch (ArgumentException)
        {
            return false;   // no Unicode text: it cannot be normalized
        }
    }

    private AuthVerdict.Accepted Accept(StoredUser stored, string verifier, AppPassword? app, string login, IPAddress client)
    {
        _throttle.Succeeded(login, client);
        _logins.Add(1, new KeyValuePair<string, object?>("result", "accepted"));
        string? successor = app is null ? _upgrades.SuccessorOf(stored.User.Address, verifier) : null;
        UserLimits limits = SendingLimits.LimitsOf(_directory, stored.User.Address, _options.CurrentValue);
        if (app is not null)
        {
            _use.Note(stored.User.Address, app.Id);
        }

        return new AuthVerdict.Accepted(new Login
        {
            Address = stored.User.Address,
            SendAs = stored.User.SendAs,
            AppPasswordId = app?.Id,
            IsService = stored.User.Roles.Contains("service"),
            MaxSessions = limits.Sessions,
            MaxMessageSize = limits.MessageSize,
            Version = $"{stored.Version}:{Stamp(stored.User, verifier)}{(successor is null ? "" : ":" + Stamp(stored.User, successor))}",
        });
    }

    private AuthVerdict.Refused Refuse(string login, IPAddress client)
    {
        _throttle.Failed(login, client);
        _logins.Add(1, new KeyValuePair<string, object?>("result", "refused"));
        LoginRefused(login, LoginThrottle.NetworkOf(client));
        return new AuthVerdict.Refused();
    }

    private AuthVerdict Throttled(TimeSpan wait)
    {
        _logins.Add(1, new KeyValuePair<string, object?>("result", "throttled"));
        return new AuthVerdict.Throttled(wait);
    }

    // The same at every try, also after a restart (RFC 5802 §9 asks not to tell who exists).
    private ScramVerifier MadeUp(string userName)
    {
        byte[] salt = HMACSHA256.HashData(_secret.Key, Encoding.UTF8.GetBytes("salt " + userName));
        byte[] key = HMACSHA256.HashData(_secret.Key, Encoding.UTF8.GetBytes("key " + userName));
        return new ScramVerifier(_options.CurrentValue.Iterations, salt.AsMemory(0, 16), key, key);
    }

    // What an open session relies on: the credential, and what it may do.
    private static string Stamp(User user, string verifier) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{verifier}\n{string.Join(' ', user.SendAs)}\n{string.Join(' ', user.Roles)}")).AsSpan(0, 8));

    [LoggerMessage(3321, LogLevel.Information, "Login of {Login} from {Network} refused")]
    private partial void LoginRefused(string login, string network);
}
