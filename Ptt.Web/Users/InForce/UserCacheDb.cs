using Microsoft.EntityFrameworkCore;

namespace Ptt.Web.Users.InForce;

/// <summary>The users of one commit as tables, to be searched and to be read quickly at start. Made anew whenever it is not what we expect.</summary>
internal sealed class UserCacheDb(DbContextOptions<UserCacheDb> options) : DbContext(options)
{
    public DbSet<UserRow> Users => Set<UserRow>();

    public DbSet<DomainRow> Domains => Set<DomainRow>();

    public DbSet<CacheFact> Facts => Set<CacheFact>();

    public const string Tables =
        """
        CREATE TABLE Users (
            Address TEXT NOT NULL PRIMARY KEY, Domain TEXT NOT NULL, DisplayName TEXT NOT NULL, Enabled INTEGER NOT NULL, Roles TEXT NOT NULL, Version TEXT NOT NULL,
            Changed INTEGER NOT NULL, ScimId TEXT NOT NULL, ExternalId TEXT NOT NULL, Emails TEXT NOT NULL, ScimDeleted INTEGER NOT NULL, File BLOB NOT NULL);
        CREATE TABLE Domains (Name TEXT NOT NULL PRIMARY KEY, Version TEXT NOT NULL, File BLOB NOT NULL);
        CREATE TABLE Facts (Name TEXT NOT NULL PRIMARY KEY, Value TEXT NOT NULL);
        """;

    public const string Indexes =
        """
        CREATE INDEX UsersByName ON Users (DisplayName, Address);
        CREATE INDEX UsersByChange ON Users (Changed, Address);
        CREATE INDEX UsersByDomain ON Users (Domain, Address);
        CREATE INDEX UsersToScan ON Users (Address, ScimDeleted, Domain, Enabled, DisplayName, Changed, Emails);
        CREATE INDEX UsersByScimId ON Users (ScimId) WHERE ScimId <> Address;
        CREATE INDEX UsersByExternalId ON Users (ExternalId) WHERE ExternalId <> '';
        """;

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.Entity<UserRow>().ToTable("Users").HasKey(u => u.Address);
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

    /// <summary>The id that SCIM knows the user by; usually the address.</summary>
    public required string ScimId { get; set; }

    /// <summary>SCIM's; empty where there is none.</summary>
    public required string ExternalId { get; set; }

    /// <summary>As SCIM shows them, between spaces as in <see cref="Roles"/>.</summary>
    public required string Emails { get; set; }

    public required bool ScimDeleted { get; set; }

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
