using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Identity;

namespace Ptt.Web.Access.Factors;

/// <summary>A person as WebAuthn knows them. The handle is a digest: an authenticator keeps it, and it may not tell who it is (WebAuthn §14.6.1).</summary>
internal sealed record PasskeyPerson(string Address)
{
    public string Handle => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes("ptt person " + Address)));
}

/// <summary>The store that the framework's WebAuthn (ASP.NET Core Identity) asks; it makes and deletes nobody.</summary>
internal sealed class PasskeyPeople(FactorStore store) : IUserPasskeyStore<PasskeyPerson>
{
    public Task<string> GetUserIdAsync(PasskeyPerson user, CancellationToken cancellationToken) => Task.FromResult(user.Handle);

    public Task<string?> GetUserNameAsync(PasskeyPerson user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Address);

    public Task<string?> GetNormalizedUserNameAsync(PasskeyPerson user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Address);

    public Task<PasskeyPerson?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Task.FromResult(store.People.Select(p => new PasskeyPerson(p)).FirstOrDefault(p => p.Handle == userId));

    public Task<PasskeyPerson?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        Task.FromResult<PasskeyPerson?>(new PasskeyPerson(normalizedUserName));

    public Task<IList<UserPasskeyInfo>> GetPasskeysAsync(PasskeyPerson user, CancellationToken cancellationToken) =>
        Task.FromResult<IList<UserPasskeyInfo>>([.. Rows(user.Address).Select(r => StoredPasskey.Read(r.Data).Info())]);

    public Task<PasskeyPerson?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(store.People.Where(p => Find(p, credentialId) is not null).Select(p => new PasskeyPerson(p)).FirstOrDefault());

    public Task<UserPasskeyInfo?> FindPasskeyAsync(PasskeyPerson user, byte[] credentialId, CancellationToken cancellationToken) =>
        Task.FromResult(Find(user.Address, credentialId) is { } row ? StoredPasskey.Read(row.Data).Info() : null);

    public Task AddOrUpdatePasskeyAsync(PasskeyPerson user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemovePasskeyAsync(PasskeyPerson user, byte[] credentialId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetUserNameAsync(PasskeyPerson user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetNormalizedUserNameAsync(PasskeyPerson user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> CreateAsync(PasskeyPerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(PasskeyPerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(PasskeyPerson user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void Dispose()
    {
        // Nothing is held: the interface of the framework asks for it.
    }

    internal FactorRow? Find(string person, byte[] credentialId) =>
        Rows(person).FirstOrDefault(r => StoredPasskey.Read(r.Data).CredentialId.AsSpan().SequenceEqual(credentialId));

    private IEnumerable<FactorRow> Rows(string person) => store.Of(person).Where(r => r.Kind == FactorKind.Passkey);
}

/// <summary>What is kept of a passkey: public, all of it.</summary>
internal sealed record StoredPasskey(
    byte[] CredentialId, byte[] PublicKey, DateTimeOffset CreatedAt, uint SignCount, string[]? Transports,
    bool IsUserVerified, bool IsBackupEligible, bool IsBackedUp, byte[] AttestationObject, byte[] ClientDataJson)
{
    public static StoredPasskey Of(UserPasskeyInfo info) => new(
        info.CredentialId, info.PublicKey, info.CreatedAt, info.SignCount, info.Transports,
        info.IsUserVerified, info.IsBackupEligible, info.IsBackedUp, info.AttestationObject, info.ClientDataJson);

    public static StoredPasskey Read(byte[] data) => JsonSerializer.Deserialize(data, StoredPasskeyJson.Default.StoredPasskey)!;

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, StoredPasskeyJson.Default.StoredPasskey);

    public UserPasskeyInfo Info() => new(
        CredentialId, PublicKey, CreatedAt, SignCount, Transports, IsUserVerified, IsBackupEligible, IsBackedUp, AttestationObject, ClientDataJson);
}

[JsonSerializable(typeof(StoredPasskey))]
internal sealed partial class StoredPasskeyJson : JsonSerializerContext;
