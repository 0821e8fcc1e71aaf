using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Users;

/// <summary>The users of one commit as tables, to be searched and to be read quickly at start. Made anew whenever it is not what we expect.</summary>
internal sealed class UserCacheDb(DbContextOptions<UserCacheDb> options) : DbContext(options)
{
    public DbSet<UserRow> Users => Set<UserRow>();

    public DbSet<DomainRow> Domains => Set<DomainRow>();

    public DbSet<CacheFact> Facts => Set<CacheFact>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<UserRow>(user =>
        {
            user.ToTable("Users").HasKey(u => u.Address);
            user.HasIndex(u => new { u.DisplayName, u.Address });
            user.HasIndex(u => new { u.Changed, u.Address });
            user.HasIndex(u => new { u.Domain, u.Address });
        });
        model.Entity<DomainRow>().ToTable("Domains").HasKey(d => d.Name);
        model.Entity<CacheFact>().ToTable("Facts").HasKey(f => f.Name);
    }
}

internal sealed class UserRow
{
    public required string Address { get; init; }

    public required string Domain { get; set; }

    public required string DisplayName { get; set; }

    public required bool Enabled { get; set; }

    /// <summary>Between spaces, each with one before and after it.</summary>
    public required string Roles { get; set; }

    public required string Version { get; set; }

    /// <summary>Unix seconds of the commit.</summary>
    public required long Changed { get; set; }

    public required byte[] File { get; set; }
}

internal sealed class DomainRow
{
    public required string Name { get; init; }

    public required string Version { get; set; }

    public required byte[] File { get; set; }
}

internal sealed class CacheFact
{
    public required string Name { get; init; }

    public required string Value { get; set; }
}
