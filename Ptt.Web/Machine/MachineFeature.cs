using Ptt.Web.Configuration;

namespace Ptt.Web.Machine;

/// <summary>What falls to process 1, which this one is in a container and on a machine of its own. Does nothing elsewhere.</summary>
internal static class MachineFeature
{
    public static T AddMachine<T>(this T builder) where T : IHostApplicationBuilder
    {
        builder.AddSection<MachineOptions>(MachineOptions.Section);
        builder.Services.AddHostedService<Orphans>();
        builder.Services.AddHostedService<PowerButton>();
        return builder;
    }
}
