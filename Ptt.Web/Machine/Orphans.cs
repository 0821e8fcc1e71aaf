using System.ComponentModel;
using System.Diagnostics;

namespace Ptt.Web.Machine;

/// <summary>
/// Process 1 is given every process whose parent has died (what git left behind, what an administrator started inside a container), and its place
/// in the process table is free only when process 1 has waited for it.
/// </summary>
internal sealed class Orphans : IHostedService
{
    private const int FirstProcess = 1;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Environment.ProcessId == FirstProcess)
        {
            Watch();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The runtime waits for all children of a process 1, but listens for their end only from the first process on that it starts itself; a machine
    // without users starts none. (To wait here as well would take the exit codes of our own children away from it.) Trying is enough.
    private static void Watch()
    {
        try
        {
            using Process? none = Process.Start(new ProcessStartInfo("/proc/no-such-program"));
        }
        catch (Win32Exception)
        {
            // As expected: there is none.
        }
    }
}
