using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Ptt.Web.Formats;

namespace Ptt.Web.Http;

/// <summary>Answers that were given under an Idempotency-Key. Worth a day at most: a change of its form may throw away what is there.</summary>
internal sealed class IdempotencyDb(DbContextOptions<IdempotencyDb> options) : DbContext(options)
{
    public const string FileName = "idempotency.db";

    public static readonly StoreFormat Format = new(
    [
        new("""
        CREATE TABLE IF NOT EXISTS "Answers" ("Key" TEXT NOT NULL CONSTRAINT "PK_Answers" PRIMARY KEY, "Request" BLOB NOT NULL, "Sealed" BLOB NOT NULL, "At" INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS "IX_Answers_At" ON "Answers" ("At");
        """),
    ]) { Previous = 1 };

    public DbSet<KeptAnswer> Answers => Set<KeptAnswer>();

    public void Upgrade()
    {
        Database.OpenConnection();
        Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL");
        Format.Upgrade((SqliteConnection)Database.GetDbConnection());
    }

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
