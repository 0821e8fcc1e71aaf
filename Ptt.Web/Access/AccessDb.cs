using Microsoft.EntityFrameworkCore;
using Ptt.Web.Access.Factors;
using Ptt.Web.Configuration;

namespace Ptt.Web.Access;

/// <summary>API tokens (their hashes), second factors and the audit log. Must survive: its schema only grows, by numbered scripts (<see cref="AccessSchema"/>).</summary>
internal sealed class AccessDb(DbContextOptions<AccessDb> options) : DbContext(options)
{
    public const string FileName = "access.db";

    public DbSet<TokenRow> Tokens => Set<TokenRow>();

    public DbSet<AuditRow> Audit => Set<AuditRow>();

    public DbSet<FactorRow> Factors => Set<FactorRow>();

    public static string ConnectionString(DataDirectory data) => $"Data Source={data.File(FileName)}";

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<TokenRow>().ToTable("Tokens").HasKey(t => t.Id);
        model.Entity<AuditRow>().ToTable("Audit").HasKey(a => a.Id);
        model.Entity<FactorRow>().ToTable("Factors").HasKey(f => f.Id);
    }
}

/// <summary>Times are Unix milliseconds: SQLite sorts those.</summary>
internal sealed class TokenRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>SHA-256 of the secret: it holds 256 random bits, so nothing slower is needed.</summary>
    public required byte[] Hash { get; init; }

    public required string Scopes { get; init; }

    public required string Domains { get; init; }

    public required string CreatedBy { get; init; }

    public required long Created { get; init; }

    public long? Expires { get; init; }

    public long? LastUsed { get; set; }
}

internal sealed class AuditRow
{
    public long Id { get; init; }

    public required long At { get; init; }

    public required string Actor { get; init; }

    public required string Action { get; init; }

    public required string Subject { get; init; }

    public string? Detail { get; init; }
}
