using Microsoft.Extensions.Configuration.Memory;
using Ptt.Dns;
using Ptt.Dns.Updating;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;

namespace Ptt.Web.Sandbox;

/// <summary>
/// Points the other rooms at the sandbox's world by their ordinary keys, below every other source: what an administrator sets wins.
/// </summary>
internal static class SandboxSettings
{
    public static bool IsOn(WebApplicationBuilder builder) =>
        builder.Environment.IsDevelopment() && bool.TryParse(builder.Configuration["Ptt:Sandbox:Enabled"], out bool enabled) && enabled
        && Enum.GetValues<Role>().All(r => builder.Plays(r));   // alone, a role has the world that it is given

    /// <summary>Returns the update key of this run; it lives as long as the process.</summary>
    public static TsigKey Add(ConfigurationManager configuration)
    {
        var defaults = new SandboxOptions();
        string dns = configuration["Ptt:Sandbox:DnsEndPoint"] ?? defaults.DnsEndPoint;
        string mx = configuration["Ptt:Sandbox:MxEndPoint"] ?? defaults.MxEndPoint;
        // The name says which zone it may change, as the seed's keys do.
        TsigKey key = TsigKey.Generate(DomainName.Parse("sandbox._update." + SandboxZones.Ours), TsigAlgorithm.HmacSha256);
        configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Ptt:Dns:Resolvers:0"] = dns,
                ["Ptt:Dns:AuthorityPort"] = dns[(dns.LastIndexOf(':') + 1)..],
                ["Ptt:Dns:Update:Server"] = dns,
                ["Ptt:Dns:Update:Key"] = key.ToSecretText(),
                ["Ptt:Relay:Port"] = mx[(mx.LastIndexOf(':') + 1)..],
                ["Ptt:Relay:AllowPrivateAddresses"] = "true",
                ["Ptt:Domains:OutwardProbes:0"] = "example.com",
            },
        });
        return key;
    }
}
