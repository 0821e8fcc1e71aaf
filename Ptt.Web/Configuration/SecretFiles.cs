namespace Ptt.Web.Configuration;

/// <summary>
/// Reads <c>…:XFile</c> as the value of <c>…:X</c>, for every key under <c>Ptt</c>: secrets come from files, as containers and
/// systemd credentials give them. No key of ours ends in <c>File</c> for another reason.
/// </summary>
internal sealed class SecretFiles(IConfigurationRoot others) : ConfigurationProvider, IConfigurationSource
{
    public const string Suffix = "File";

    private readonly List<ConfigurationFault> _faults = [];

    /// <summary>Files that could not be read, and keys that were given twice.</summary>
    public IReadOnlyList<ConfigurationFault> Faults => _faults;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        Data.Clear();   // or what was read last time would look like the value given beside the file
        _faults.Clear();
        foreach ((string key, string? path) in others.GetSection("Ptt").AsEnumerable())
        {
            string name = ConfigurationPath.GetSectionKey(key);
            if (string.IsNullOrEmpty(path) || name.Length <= Suffix.Length || !name.EndsWith(Suffix, StringComparison.Ordinal))
            {
                continue;
            }

            string twin = key[..^Suffix.Length];
            if (!string.IsNullOrEmpty(others[twin]))
            {
                _faults.Add(new(key, $"{twin} is set as well: keep one of the two"));
                continue;
            }

            try
            {
                Data[twin] = File.ReadAllText(path).TrimEnd('\r', '\n');   // editors and `echo` end the last line
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                _faults.Add(new(key, $"cannot read '{path}': {Reason(fault)}"));
            }
        }
    }

    private static string Reason(Exception fault) => fault switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied (the file must be readable by the user that Ptt runs as)",
        _ => fault.Message,
    };
}
