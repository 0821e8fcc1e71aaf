using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Ptt.Dns;

namespace Ptt.Web.Access;

/// <summary>
/// The API tokens: kept in <see cref="AccessDb"/>, checked in memory. A revoked or expired token is refused from the moment that the call
/// which revoked it returns.
/// </summary>
public sealed class TokenStore
{
    private static readonly TimeSpan LastUsedPrecision = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Entry> _tokens = new(StringComparer.Ordinal);
    private readonly IDbContextFactory<AccessDb> _databases;
    private readonly IOptionsMonitor<AccessOptions> _options;
    private readonly TimeProvider _time;
    private readonly Lazy<bool> _loaded;

    internal TokenStore(IDbContextFactory<AccessDb> databases, IOptionsMonitor<AccessOptions> options, TimeProvider time)
    {
        (_databases, _options, _time) = (databases, options, time);
        _loaded = new(Load);
    }

    /// <summary>All tokens, oldest first; expired ones too.</summary>
    public IReadOnlyList<ApiToken> List() => _loaded.Value ? [.. _tokens.Values.Select(e => e.Token).OrderBy(t => t.Created).ThenBy(t => t.Id, StringComparer.Ordinal)] : [];

    public ApiToken? Find(string id) => _loaded.Value && _tokens.TryGetValue(id, out Entry? entry) ? entry.Token : null;

    /// <summary>The second value is the token's text: the only time that it exists outside of its holder.</summary>
    public async ValueTask<(ApiToken Token, string Text)> CreateAsync(
        string name, IReadOnlyList<string> scopes, IReadOnlyList<DomainName> domains, DateTimeOffset? expires, string createdBy, CancellationToken cancellationToken)
    {
        _ = _loaded.Value;
        (string id, string text, byte[] hash) = TokenText.Create();
        var token = new ApiToken(id, name, scopes, domains, createdBy, _time.GetUtcNow(), expires, null);
        await using AccessDb db = await _databases.CreateDbContextAsync(cancellationToken);
        db.Tokens.Add(new TokenRow
        {
            Id = id, Name = name, Hash = hash, Scopes = string.Join(' ', scopes), Domains = string.Join(' ', domains), CreatedBy = createdBy,
            Created = token.Created.ToUnixTimeMilliseconds(), Expires = expires?.ToUnixTimeMilliseconds(),
        });
        await db.SaveChangesAsync(cancellationToken);
        _tokens[id] = new Entry(token, hash);
        return (token, text);
    }

    public async ValueTask<bool> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        _ = _loaded.Value;
        bool was = _tokens.TryRemove(id, out _);
        await using AccessDb db = await _databases.CreateDbContextAsync(cancellationToken);
        return await db.Tokens.Where(t => t.Id == id).ExecuteDeleteAsync(CancellationToken.None) > 0 || was;
    }

    /// <summary>The token that <paramref name="text"/> is, if it may be used now. The configured initial token has every scope.</summary>
    internal async ValueTask<ApiToken?> VerifyAsync(string text)
    {
        if (_options.CurrentValue.ApiToken is { Length: > 0 } initial && CryptographicOperations.FixedTimeEquals(TokenText.Hash(text), TokenText.Hash(initial)))
        {
            return new ApiToken("initial", "initial token", Scopes.All, [], "configuration", default, null, null);
        }

        DateTimeOffset now = _time.GetUtcNow();
        if (!TokenText.TrySplit(text, out string? id, out string? secret) || !_loaded.Value || !_tokens.TryGetValue(id, out Entry? entry)
            || !CryptographicOperations.FixedTimeEquals(TokenText.Hash(secret), entry.Hash) || entry.Token.Expires <= now)
        {
            return null;
        }

        if (!(now - entry.Token.LastUsed < LastUsedPrecision) && _tokens.TryUpdate(id, entry with { Token = entry.Token with { LastUsed = now } }, entry))
        {
            await using AccessDb db = await _databases.CreateDbContextAsync();
            await db.Tokens.Where(t => t.Id == id).ExecuteUpdateAsync(t => t.SetProperty(x => x.LastUsed, now.ToUnixTimeMilliseconds()));
        }

        return entry.Token;
    }

    private bool Load()
    {
        using AccessDb db = _databases.CreateDbContext();
        foreach (TokenRow row in db.Tokens.AsNoTracking())
        {
            _tokens[row.Id] = new Entry(new ApiToken(
                row.Id, row.Name, row.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                [.. row.Domains.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(DomainName.Parse)], row.CreatedBy,
                DateTimeOffset.FromUnixTimeMilliseconds(row.Created), At(row.Expires), At(row.LastUsed)), row.Hash);
        }

        return true;
    }

    private static DateTimeOffset? At(long? milliseconds) => milliseconds is { } m ? DateTimeOffset.FromUnixTimeMilliseconds(m) : null;

    private sealed record Entry(ApiToken Token, byte[] Hash);
}
