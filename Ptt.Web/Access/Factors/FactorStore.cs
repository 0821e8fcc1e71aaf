using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Access.Factors;

/// <summary>
/// The second factors of people, in <see cref="AccessDb"/> and in memory. Not in git, where users are: a secret of TOTP can only be kept
/// to be read again, and git forgets nothing. What is kept here of one is sealed with the key ring of the data directory.
/// </summary>
internal sealed class FactorStore
{
    private readonly ConcurrentDictionary<string, ImmutableList<FactorRow>> _rows = new(StringComparer.Ordinal);
    private readonly IDbContextFactory<AccessDb> _databases;
    private readonly Lock _gate = new();
    private readonly Lazy<bool> _loaded;

    public FactorStore(IDbContextFactory<AccessDb> databases)
    {
        _databases = databases;
        _loaded = new(Load);
    }

    public IReadOnlyList<FactorRow> Of(string person) => _loaded.Value ? _rows.GetValueOrDefault(person, []) : [];

    /// <summary>Everybody who has any.</summary>
    public IEnumerable<string> People => _loaded.Value ? _rows.Where(r => !r.Value.IsEmpty).Select(r => r.Key) : [];

    /// <summary>Takes away what <paramref name="isGone"/> says and adds the new ones, in one transaction.</summary>
    public void Change(string person, IReadOnlyList<FactorRow> added, Func<FactorRow, bool> isGone)
    {
        lock (_gate)
        {
            IReadOnlyList<FactorRow> before = Of(person);
            string[] gone = [.. before.Where(isGone).Select(r => r.Id)];
            using AccessDb db = _databases.CreateDbContext();
            using var transaction = db.Database.BeginTransaction();
            db.Factors.Where(f => gone.Contains(f.Id)).ExecuteDelete();
            db.Factors.AddRange(added);
            db.SaveChanges();
            transaction.Commit();
            _rows[person] = [.. before.Where(r => !isGone(r)), .. added];
        }
    }

    /// <summary>False when the row is gone or was changed meanwhile: then whoever came first has used it.</summary>
    public bool Replace(FactorRow old, FactorRow now)
    {
        lock (_gate)
        {
            if (!Of(old.Person).Contains(old))
            {
                return false;
            }

            using AccessDb db = _databases.CreateDbContext();
            db.Factors.Update(now);
            db.SaveChanges();
            _rows[old.Person] = _rows[old.Person].Replace(old, now);
            return true;
        }
    }

    /// <summary>False when the row is gone: whoever came first has used it.</summary>
    public bool Take(FactorRow row)
    {
        lock (_gate)
        {
            if (!Of(row.Person).Contains(row))
            {
                return false;
            }

            Change(row.Person, [], r => r.Id == row.Id);
            return true;
        }
    }

    private bool Load()
    {
        using AccessDb db = _databases.CreateDbContext();
        foreach (var person in db.Factors.AsNoTracking().OrderBy(f => f.Created).AsEnumerable().GroupBy(f => f.Person))
        {
            _rows[person.Key] = [.. person];
        }

        return true;
    }
}

/// <summary><see cref="Data"/> is the sealed secret of TOTP, the public key of a passkey, or the digest of a recovery code.</summary>
internal sealed record FactorRow
{
    public required string Id { get; init; }

    public required string Person { get; init; }

    public required FactorKind Kind { get; init; }

    public required string Name { get; init; }

    public required byte[] Data { get; init; }

    public required long Created { get; init; }

    public long? LastUsed { get; init; }

    /// <summary>The last half minute whose code let in.</summary>
    public long Used { get; init; }
}
