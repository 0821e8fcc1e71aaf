namespace Ptt.Web.Configuration;

/// <summary>The keys of section <c>Ptt</c> that several rooms need. Each room has options of its own for the rest.</summary>
public sealed class PttOptions
{
    public const string Section = "Ptt";

    /// <summary>Everything that must survive: users.git, databases, keys, certificates.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>Banner, EHLO and Message-ID; the machine's name when empty.</summary>
    public string Hostname { get; set; } = "";
}
