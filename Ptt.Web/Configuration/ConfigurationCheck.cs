using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Configuration;

/// <summary>
/// Finds everything that is wrong with the configuration, in one go: keys nobody knows, values that do not convert, data
/// annotations, the rooms' own validators, secret files. Runs before anything is started: a web application makes its server while it is
/// built, hence the place in front of the server's own options.
/// </summary>
internal sealed class ConfigurationCheck(IConfiguration configuration, IEnumerable<OptionsSection> sections, SecretFiles files, IServiceProvider services)
    : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions options) => ThrowIfFaulty();

    public void ThrowIfFaulty()
    {
        if (Run() is { Count: > 0 } faults)
        {
            throw new ConfigurationFaultsException(faults);
        }
    }

    public IReadOnlyList<ConfigurationFault> Run()
    {
        List<ConfigurationFault> faults = [.. files.Faults, .. new ConfigurationSchema(sections).Compare(configuration)];
        foreach (OptionsSection section in sections)
        {
            try
            {
                faults.AddRange(Annotated(section.Section, section.Read(services)));
            }
            catch (OptionsValidationException invalid)
            {
                faults.AddRange(invalid.Failures.Select(f => ConfigurationFault.From(f, section.Section)));
                // The refused object is not to be had, and its annotations have not been looked at: bind one more.
                faults.AddRange(Annotated(section.Section, configuration.GetSection(section.Section).Get(section.Type)!));
            }
            catch (InvalidOperationException) when (faults.Any(f => IsWithin(f.Key, section.Section)))
            {
                // The binder stops at the first value that does not convert; the schema has named them all already.
            }
        }

        return [.. faults.DistinctBy(f => (f.Key.ToUpperInvariant(), f.Text)).OrderBy(f => f.Key, StringComparer.Ordinal)];
    }

    private static IEnumerable<ConfigurationFault> Annotated(string path, object options)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.GetMethod is null)
            {
                continue;
            }

            object? value = property.GetValue(options);
            var results = new List<ValidationResult>();
            Validator.TryValidateProperty(value, new ValidationContext(options) { MemberName = property.Name, DisplayName = "The value" }, results);
            foreach (ValidationResult result in results)
            {
                yield return new($"{path}:{property.Name}", result.ErrorMessage ?? "is not valid");
            }

            foreach (ConfigurationFault fault in Deeper($"{path}:{property.Name}", value))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<ConfigurationFault> Deeper(string path, object? value) => value switch
    {
        null or string => [],
        IDictionary map => map.Keys.Cast<object>().SelectMany(k => Deeper($"{path}:{k}", map[k])),
        IEnumerable list => list.Cast<object?>().SelectMany((item, i) => Deeper($"{path}:{i}", item)),
        _ when value.GetType().Namespace?.StartsWith("Ptt.", StringComparison.Ordinal) == true && value.GetType().IsClass => Annotated(path, value),
        _ => [],
    };

    private static bool IsWithin(string key, string section) => key.StartsWith(section, StringComparison.OrdinalIgnoreCase);
}
