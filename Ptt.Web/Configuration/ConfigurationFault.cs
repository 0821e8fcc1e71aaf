namespace Ptt.Web.Configuration;

/// <summary>One thing that is wrong: the key it is about, and in words what is wrong and what to do.</summary>
public sealed record ConfigurationFault(string Key, string Text)
{
    /// <summary>Validators say <c>key: text</c>; what says it otherwise is about its whole section.</summary>
    public static ConfigurationFault From(string failure, string section)
    {
        int colon = failure.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && !failure[..colon].Contains(' ', StringComparison.Ordinal)
            ? new(failure[..colon].StartsWith("Ptt", StringComparison.Ordinal) ? failure[..colon] : $"{section}:{failure[..colon]}", failure[(colon + 2)..])
            : new(section, failure);
    }
}

/// <summary>The configuration cannot be used. Carries every fault that could be found, not the first.</summary>
public sealed class ConfigurationFaultsException(IReadOnlyList<ConfigurationFault> faults)
    : Exception(string.Join(Environment.NewLine, faults.Select(f => $"{f.Key}: {f.Text}")))
{
    public IReadOnlyList<ConfigurationFault> Faults { get; } = faults;
}
