namespace Ptt.Web.Backups;

/// <summary>For backups that the server makes when it is asked to (docs/backup.md).</summary>
public sealed class BackupOptions
{
    public const string Section = "Ptt:Backup";

    /// <summary>Where the archives are put; empty: `backups` in the data directory. Another disk is better, and whoever carries them away is yours.</summary>
    public string Directory { get; set; } = "";

    /// <summary>A certificate (PEM): private keys and other secrets are encrypted to it. Empty: they are left out.</summary>
    public string To { get; set; } = "";
}
