using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Ptt.Tests.Support;

/// <summary>Machines that see each other over a switch and nothing else: network namespaces of Linux, made for one test and gone with it. Needs root.</summary>
internal sealed class NetworkLab : IAsyncDisposable
{
    private const int NewNet = 0x40000000;                                 // CLONE_NEWNET

    private readonly string _tag = "ptt" + Convert.ToHexStringLower(BitConverter.GetBytes(Random.Shared.Next()))[..5];
    private readonly string[] _machines;

    private NetworkLab(string[] machines) => _machines = machines;

    public static async Task<NetworkLab> CreateAsync(params string[] machines)
    {
        var lab = new NetworkLab(machines);
        List<string> steps = [$"netns add {lab._tag}", $"-n {lab._tag} link add switch type bridge", $"-n {lab._tag} link set switch up"];
        foreach (string machine in machines)
        {
            string name = lab.NameOf(machine);
            steps.AddRange(
            [
                $"netns add {name}", $"-n {name} link set lo up", $"-n {name} link add eth0 type veth peer name {machine} netns {lab._tag}",
                $"-n {lab._tag} link set {machine} master switch up", $"-n {name} address add {lab.AddressOf(machine)}/24 dev eth0", $"-n {name} link set eth0 up",
            ]);
        }

        string ip = Daemon.Find("ip", "iproute2");
        foreach (string step in steps)
        {
            (int code, string output) = await Daemon.RunAsync(ip, step.Split(' '));
            if (code != 0)
            {
                await lab.DisposeAsync();
                throw new InvalidOperationException($"ip {step}: {output}(network namespaces need root, or CAP_SYS_ADMIN and CAP_NET_ADMIN)");
            }
        }

        return lab;
    }

    public IPAddress AddressOf(string machine) => IPAddress.Parse($"10.77.0.{1 + Array.IndexOf(_machines, machine)}");

    /// <summary>What to put in front of a command so that it runs on that machine; null is the switch, where each machine's cable has its name.</summary>
    public string[] On(string? machine) => ["ip", "netns", "exec", machine is null ? _tag : NameOf(machine)];

    /// <summary>A TCP socket of this process on that machine. A socket belongs to the namespace of the thread that made it, for good.</summary>
    public Socket NewSocket(string machine)
    {
        Socket? socket = null;
        var maker = new Thread(() =>
        {
            using var file = File.OpenHandle("/run/netns/" + NameOf(machine));
            if (setns(file.DangerousGetHandle().ToInt32(), NewNet) == 0)
            {
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            }
        });
        maker.Start();
        maker.Join();                                                      // it ends, and takes its way into the namespace with it
        return socket ?? throw new InvalidOperationException($"setns: errno {Marshal.GetLastPInvokeError()}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string name in _machines.Select(NameOf).Append(_tag))
        {
            await Daemon.RunAsync(Daemon.Find("ip", "iproute2"), ["netns", "delete", name]);
        }
    }

    private string NameOf(string machine) => $"{_tag}-{machine}";

    [DllImport("libc", SetLastError = true)]
    private static extern int setns(int descriptor, int kind);
}
