using System.Collections;
using System.Globalization;
using System.Reflection;
using Ptt.Web.Configuration;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt settings</c>: every key that is set, its value and where it comes from. <c>ptt settings --all</c>: every key that there is, with its
/// default. Secrets are never printed.
/// </summary>
internal static class SettingsVerb
{
    public static readonly Verb Verb = new("settings", "print what is set and where it comes from (--all: every key and its default)", RunAsync);

    private static readonly string[] Secret = ["Key", "Token", "Passphrase", "Password", "ConnectionString", "Secret"];

    private static async Task<int> RunAsync(VerbCall call)
    {
        bool all = call.Args.Contains("--all");
        VerbCall rest = call with { Args = [.. call.Args.Where(a => a != "--all")] };
        WebApplicationBuilder builder = rest.Describe(rest.Args);
        if (all)
        {
            await PrintSchemaAsync(builder, call.Output);
            return Verb.Done;
        }

        var root = (IConfigurationRoot)builder.Configuration;
        foreach ((string key, string? value) in root.GetSection(PttOptions.Section).AsEnumerable().OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            if (value is not null)
            {
                await call.Output.WriteLineAsync($"{key} = {(IsSecret(key) ? "***" : value)}   ({SourceOf(root, key)})");
            }
        }

        return Verb.Done;
    }

    /// <summary>Tab separated: key, default, options type, property. The reference in docs/configuration.md is made of it.</summary>
    private static async Task PrintSchemaAsync(WebApplicationBuilder builder, TextWriter output)
    {
        var sections = builder.Services.Select(s => s.ImplementationInstance).OfType<OptionsSection>();
        foreach ((string key, PropertyInfo property) in new ConfigurationSchema(sections).Keys())
        {
            await output.WriteLineAsync(string.Join('\t', key, Default(property), property.DeclaringType!.Name, property.Name));
        }
    }

    private static string Default(PropertyInfo property)
    {
        object? value = property.GetValue(Activator.CreateInstance(property.DeclaringType!));
        return value switch
        {
            null or "" => "",
            string text => text,
            bool yes => yes ? "true" : "false",
            TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
            IEnumerable list => string.Join(", ", list.Cast<object>().Select(i => Convert.ToString(i, CultureInfo.InvariantCulture))),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
    }

    private static bool IsSecret(string key) =>
        Secret.Any(s => ConfigurationPath.GetSectionKey(key).EndsWith(s, StringComparison.OrdinalIgnoreCase));

    private static string SourceOf(IConfigurationRoot root, string key) =>
        root.Providers.Reverse().FirstOrDefault(p => p.TryGet(key, out _)) switch
        {
            Microsoft.Extensions.Configuration.Json.JsonConfigurationProvider json => json.Source.Path ?? "file",
            Microsoft.Extensions.Configuration.EnvironmentVariables.EnvironmentVariablesConfigurationProvider => "environment",
            Microsoft.Extensions.Configuration.CommandLine.CommandLineConfigurationProvider => "command line",
            SecretFiles => "file of " + key + SecretFiles.Suffix,
            Microsoft.Extensions.Configuration.Memory.MemoryConfigurationProvider => "sandbox",
            { } other => other.ToString() ?? "",
            null => "",
        };
}
