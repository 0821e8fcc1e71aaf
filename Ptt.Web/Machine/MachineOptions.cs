namespace Ptt.Web.Machine;

/// <summary>What this process does for the machine that it is alone on.</summary>
public sealed class MachineOptions
{
    public const string Section = "Ptt:Machine";

    /// <summary>This process is the machine (deploy/machine): the power button stops it, and when it has stopped the machine is off.</summary>
    public bool TurnsOff { get; set; }
}
