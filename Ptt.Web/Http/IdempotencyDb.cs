using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Http;

/// <summary>Answers that were given under an Idempotency-Key. Worth a day at most: on a change of the schema it begins anew.</summary>
internal sealed class IdempotencyDb(DbContextOptions<IdempotencyDb> options) : DbContext(options)
{
    public DbSet<KeptAnswer> Answers => Set<KeptAnswer>();

    protected override void OnModelCreating(ModelBuilder model) => model.Entity<KeptAnswer>(answer =>
    {
        answer.HasKey(a => a.Key);
        answer.HasIndex(a => a.At);
    });
}

/// <summary>
/// <see cref="Key"/> is a hash of caller, path and Idempotency-Key; <see cref="Sealed"/> the answer, encrypted under a key made from the
/// Idempotency-Key itself, so that a password shown once does not lie here in the clear.
/// </summary>
internal sealed class KeptAnswer
{
    public required string Key { get; init; }

    /// <summary>Hash of the request's body.</summary>
    public required byte[] Request { get; init; }

    public required byte[] Sealed { get; init; }

    public required long At { get; init; }
}
