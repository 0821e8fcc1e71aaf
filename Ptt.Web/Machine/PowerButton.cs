using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Machine;

/// <summary>The power button of a machine that is ours alone, pressed by a hypervisor as a rule: stop as at SIGTERM. And the way to turn the machine off.</summary>
internal sealed partial class PowerButton(IOptions<MachineOptions> options, IHostApplicationLifetime lifetime, ILogger<PowerButton> logger) : IHostedService
{
    // linux/input.h, linux/input-event-codes.h: struct input_event on a 64-bit machine, a key, the key "power".
    private const int EventSize = 24;
    private const int TypeAt = 16;
    private const int CodeAt = 18;
    private const int ValueAt = 20;
    private const int Key = 1;
    private const int Power = 116;

    private const int PowerOff = 0x4321fedc;   // linux/reboot.h: LINUX_REBOOT_CMD_POWER_OFF

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.TurnsOff && Directory.Exists("/dev/input"))
        {
            foreach (string device in Directory.EnumerateFiles("/dev/input", "event*"))
            {
                // A thread each, as the read of a device waits and cannot be called off. They end with the process.
                new Thread(() => Watch(device)) { IsBackground = true, Name = device }.Start();
            }
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the last commit: what is on the disks stays, the machine is off. Returns where that is not ours to do.</summary>
    public static void TurnOff()
    {
        sync();
        _ = reboot(PowerOff);
    }

    /// <summary>True for a record that says: the power button went down.</summary>
    internal static bool IsPress(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt16LittleEndian(record[TypeAt..]) == Key && BinaryPrimitives.ReadUInt16LittleEndian(record[CodeAt..]) == Power
        && BinaryPrimitives.ReadInt32LittleEndian(record[ValueAt..]) == 1;

    private void Watch(string device)
    {
        try
        {
            using var events = new FileStream(device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            byte[] record = new byte[EventSize];
            while (events.ReadAtLeast(record, EventSize, throwOnEndOfStream: false) == EventSize)
            {
                if (IsPress(record))
                {
                    Pressed(device);
                    lifetime.StopApplication();
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            NoButton(device, fault);
        }
    }

    [LibraryImport("libc")]
    private static partial void sync();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int reboot(int command);

    [LoggerMessage(9601, LogLevel.Information, "The power button was pressed ({Device})")]
    private partial void Pressed(string device);

    [LoggerMessage(9602, LogLevel.Warning, "The device {Device} cannot be watched for a press of the power button")]
    private partial void NoButton(string device, Exception fault);
}
