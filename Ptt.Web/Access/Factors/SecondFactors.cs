using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace Ptt.Web.Access.Factors;

/// <summary>
/// What people show besides their password. Pages and API ask here; whoever changes something asked for the password before. Recovery
/// codes go with the last factor.
/// </summary>
internal sealed class SecondFactors(FactorStore store, FactorThrottle throttle, IDataProtectionProvider protection, IAuditLog audit, TimeProvider time)
{
    private const int Codes = 10;
    private const int MaxFactors = 20;
    private const string CodeLetters = "ABCDEFGHJKMNPQRSTVWXYZ23456789";   // none that looks like another

    private readonly IDataProtector _secrets = protection.CreateProtector("Ptt.Access.Totp");
    private readonly ITimeLimitedDataProtector _offers = protection.CreateProtector("Ptt.Access.TotpOffer").ToTimeLimitedDataProtector();

    /// <summary>A password alone does not let this person in.</summary>
    public bool Has(string person) => store.Of(person).Any(f => f.Kind != FactorKind.RecoveryCode);

    public bool HasKind(string person, FactorKind kind) => store.Of(person).Any(f => f.Kind == kind);

    /// <summary>Apps and passkeys; recovery codes are only counted.</summary>
    public IReadOnlyList<Factor> Of(string person) => [.. store.Of(person).Where(f => f.Kind != FactorKind.RecoveryCode).Select(View)];

    public int CodesLeft(string person) => store.Of(person).Count(f => f.Kind == FactorKind.RecoveryCode);

    /// <summary>A new secret for an app, and the same sealed for a quarter of an hour: it is kept only when a code has proved that the app has it.</summary>
    public TotpOffer Offer(string person, string issuer)
    {
        byte[] secret = Totp.NewSecret();
        return new(Totp.Text(secret), Totp.Address(issuer, person, secret), _offers.Protect($"{person}\n{Convert.ToBase64String(secret)}", TimeSpan.FromMinutes(15)));
    }

    /// <summary>The same offer again, for a form that was sent with a wrong code; null when it is too old or not this person's.</summary>
    public TotpOffer? Again(string person, string issuer, string sealedOffer) =>
        Open(person, sealedOffer) is { } secret ? new(Totp.Text(secret), Totp.Address(issuer, person, secret), sealedOffer) : null;

    /// <summary>False when the code is not the app's, or the offer is too old.</summary>
    public async ValueTask<bool> AddTotpAsync(string person, string sealedOffer, string code, string name)
    {
        if (Open(person, sealedOffer) is not { } secret || store.Of(person).Count >= MaxFactors + Codes || Totp.Fits(secret, Bare(code), time.GetUtcNow(), 0) is not { } step)
        {
            return false;
        }

        await AddAsync(Row(person, FactorKind.Totp, name, _secrets.Protect(secret)) with { Used = step });
        return true;
    }

    /// <summary>Keeps a passkey that <see cref="Passkeys"/> has checked.</summary>
    public Task AddPasskeyAsync(string person, byte[] data, string name) => AddAsync(Row(person, FactorKind.Passkey, name, data));

    /// <summary>A code of an app, or a recovery code.</summary>
    public async ValueTask<FactorVerdict> VerifyAsync(string person, string code)
    {
        if (throttle.Wait(person) is { } wait)
        {
            return new FactorVerdict.Throttled(wait);
        }

        string bare = Bare(code);
        byte[] digest = Digest(bare);
        foreach (FactorRow row in store.Of(person))
        {
            if (row.Kind == FactorKind.Totp && Totp.Fits(_secrets.Unprotect(row.Data), bare, time.GetUtcNow(), row.Used) is { } step
                && store.Replace(row, row with { Used = step, LastUsed = Now }))
            {
                throttle.Succeeded(person);
                return new FactorVerdict.Accepted(FactorKind.Totp, CodesLeft(person));
            }

            if (row.Kind == FactorKind.RecoveryCode && CryptographicOperations.FixedTimeEquals(digest, row.Data) && store.Take(row))
            {
                throttle.Succeeded(person);
                await audit.RecordAsync(person, "factor.recovery", person, $"{CodesLeft(person)} recovery codes left", CancellationToken.None);
                return new FactorVerdict.Accepted(FactorKind.RecoveryCode, CodesLeft(person));
            }
        }

        throttle.Failed(person);
        return new FactorVerdict.Wrong();
    }

    /// <summary>New recovery codes; the old ones are good for nothing from then on. Empty for who has no factor.</summary>
    public async ValueTask<IReadOnlyList<string>> NewCodesAsync(string person)
    {
        if (!Has(person))
        {
            return [];
        }

        string[] codes = [.. Enumerable.Range(0, Codes).Select(_ => NewCode())];
        store.Change(person, [.. codes.Select(c => Row(person, FactorKind.RecoveryCode, "", Digest(Bare(c))))], r => r.Kind == FactorKind.RecoveryCode);
        await audit.RecordAsync(person, "factor.codes", person, null, CancellationToken.None);
        return codes;
    }

    /// <summary>False when there is no such factor.</summary>
    public async ValueTask<bool> RemoveAsync(string person, string id, string actor)
    {
        if (store.Of(person).FirstOrDefault(f => f.Id == id && f.Kind != FactorKind.RecoveryCode) is not { } row)
        {
            return false;
        }

        bool last = store.Of(person).Count(f => f.Kind != FactorKind.RecoveryCode) == 1;
        store.Change(person, [], r => r.Id == id || (last && r.Kind == FactorKind.RecoveryCode));
        await audit.RecordAsync(actor, "factor.remove", person, $"{row.Kind} {row.Name}", CancellationToken.None);
        return true;
    }

    /// <summary>For a person who has lost everything: an administrator takes all of it away.</summary>
    public async ValueTask<bool> ClearAsync(string person, string actor)
    {
        if (store.Of(person).Count == 0)
        {
            return false;
        }

        store.Change(person, [], _ => true);
        throttle.Succeeded(person);
        await audit.RecordAsync(actor, "factor.clear", person, null, CancellationToken.None);
        return true;
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static string Bare(string code) => string.Concat(code.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();

    // 12 of 30 letters are 58 bits, tried at most four times an hour: a plain digest is enough.
    private static byte[] Digest(string bare) => SHA256.HashData(Encoding.ASCII.GetBytes("ptt recovery " + bare));

    private static string NewCode() => string.Join('-', Enumerable.Range(0, 3).Select(_ => RandomNumberGenerator.GetString(CodeLetters, 4)));

    private static Factor View(FactorRow row) => new(
        row.Id, row.Kind, row.Name, DateTimeOffset.FromUnixTimeMilliseconds(row.Created), row.LastUsed is { } used ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null);

    private FactorRow Row(string person, FactorKind kind, string name, byte[] data) => new()
    {
        Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), Person = person, Kind = kind, Created = Now, Data = data,
        Name = name.Length > 100 ? name[..100] : name,
    };

    private async Task AddAsync(FactorRow row)
    {
        store.Change(row.Person, [row], _ => false);
        await audit.RecordAsync(row.Person, "factor.add", row.Person, $"{row.Kind} {row.Name}", CancellationToken.None);
    }

    private byte[]? Open(string person, string sealedOffer)
    {
        try
        {
            return _offers.Unprotect(sealedOffer).Split('\n') is [{ } whose, { } secret] && whose == person ? Convert.FromBase64String(secret) : null;
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException)
        {
            return null;
        }
    }
}

/// <summary><paramref name="Secret"/> to be typed, <paramref name="Address"/> to be shown as a picture, <paramref name="Sealed"/> to be sent back with a code.</summary>
public sealed record TotpOffer(string Secret, string Address, string Sealed);
