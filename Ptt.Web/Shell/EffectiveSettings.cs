using Ptt.Web.Configuration;

namespace Ptt.Web.Shell;

/// <summary>Every key under <c>Ptt</c> as it is in force, with the source that set it. Values of secrets do not leave this class.</summary>
internal sealed class EffectiveSettings(IConfiguration configuration, IEnumerable<OptionsSection> sections)
{
    private static readonly string[] SecretWords = ["password", "passphrase", "secret", "token", "key", "connectionstring"];

    public IReadOnlyList<EffectiveSetting> Read()
    {
        var schema = new ConfigurationSchema(sections);
        var settings = new SortedDictionary<string, EffectiveSetting>(StringComparer.OrdinalIgnoreCase);
        foreach ((string key, _) in schema.Keys())
        {
            settings[key] = new(key, null, null, IsSecret(key));
        }

        foreach ((string key, string? value) in configuration.GetSection(PttOptions.Section).AsEnumerable().Where(p => p.Value is not null))
        {
            settings[key] = new(key, IsSecret(key) ? "" : value, SourceOf(key), IsSecret(key));
        }

        return [.. settings.Values];
    }

    private static bool IsSecret(string key) => SecretWords.Any(w => key[(key.LastIndexOf(':') + 1)..].Contains(w, StringComparison.OrdinalIgnoreCase)
        && !key.EndsWith("KeyPath", StringComparison.OrdinalIgnoreCase));

    private string? SourceOf(string key) => configuration is IConfigurationRoot root && root.Providers.LastOrDefault(p => p.TryGet(key, out _)) is { } provider
        ? provider switch
        {
            FileConfigurationProvider file => file.Source.Path,
            _ => provider.GetType().Name.Replace("ConfigurationProvider", "", StringComparison.Ordinal) switch
            {
                "EnvironmentVariables" => "environment",
                "CommandLine" => "command line",
                "Memory" => "sandbox",
                "SecretFiles" => "secret file",
                var other => other,
            },
        }
        : null;
}

/// <summary><paramref name="Source"/> is null for a default.</summary>
internal sealed record EffectiveSetting(string Key, string? Value, string? Source, bool IsSecret);
