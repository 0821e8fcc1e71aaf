using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ptt.Tests.Support;
using Xunit.Abstractions;

namespace Ptt.Tests.EndToEnd;

/// <summary>
/// The machine of deploy/machine, a kernel and Ptt as its one process, booted in qemu (whose processor is emulated: a start takes half a minute on an idle
/// machine, and several on a busy one).
/// </summary>
[Collection(EndToEndCollection.Name), Trait("Run", "Long")]
public sealed class MachineImageTests(ITestOutputHelper say) : IDisposable
{
    private const string Token = "token-of-the-machine-test";
    private const int Patience = 600;   // seconds

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_boots_and_relays_a_mail_and_what_waits_outlives_the_power_button()
    {
        Environment.SetEnvironmentVariable("PTT_PACK", "cat");   // nothing to unpack at the boot
        (int code, string output) = await Shipped.RunAsync("machine/build.sh", _folder.Path);
        Environment.SetEnvironmentVariable("PTT_PACK", null);
        Assert.True(code == 0, output);
        say.WriteLine(output);
        await SucceedAsync("truncate", "-s", "128M", _folder.File("data.img"));
        await SucceedAsync("mkfs.ext4", "-q", _folder.File("data.img"));
        await using var sink = new MailSink();

        // First life. Keys that have dots in them come from either place.
        await SettleAsync("Ptt__Relay__Routes__later.test=10.0.2.100:26\n");                  // where nobody is
        (int http, int tls) = (Ports.Free(), Ports.Free());
        await using (Daemon machine = await BootAsync(http, tls, sink.Port))
        {
            using HttpClient client = NewClient(http);
            await Provision.UserAsync(client, "users.test", "ada@users.test", "machine-Test-1");
            await SendAsync(tls, "bob@sink.test", 7, machine);
            await sink.WaitForAsync([7], Patience, () => machine.Output);
            await SendAsync(tls, "eve@later.test", 8, machine);
            await PowerOffAsync(machine);
            Assert.Contains("The power button was pressed", machine.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("Kernel panic", machine.Output, StringComparison.Ordinal);
        }

        // Second life, on the same disk and with other settings: what waited goes where these say.
        await SettleAsync("Ptt__Relay__Routes__later.test=10.0.2.100:25\n");
        await using (Daemon machine = await BootAsync(http, tls, sink.Port))
        {
            await sink.WaitForAsync([8], Patience, () => machine.Output);
            await PowerOffAsync(machine);
        }
    }

    private async Task<Daemon> BootAsync(int http, int tls, int sink)
    {
        string[] line =
        [
            "console=ttyS0", "quiet", "panic=-1", "ptt.net=10.0.2.15/24,10.0.2.2,10.0.2.3", "Ptt__Hostname=mail.src.test", "Ptt__Relay__Routes__sink.test=10.0.2.100:25",
            "Ptt__Listeners__0__Role=Submission", "Ptt__Listeners__0__EndPoint=0.0.0.0:465", "Ptt__Listeners__0__Tls=Implicit",
        ];
        string relay = $"{Path.Combine(await Shipped.BaseAsync(), "bin", "busybox")} nc 127.0.0.1 {sink}";
        string[] qemu =
        [
            "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024", "-display", "none", "-no-reboot", "-nodefaults", "-serial", "stdio",
            "-qmp", $"unix:{_folder.File("qmp")},server=on,wait=off",
            "-kernel", _folder.File("vmlinuz"), "-initrd", _folder.File("initramfs"), "-append", string.Join(' ', line),
            "-drive", $"file={_folder.File("config.img")},if=virtio,format=raw,readonly=on", "-drive", $"file={_folder.File("data.img")},if=virtio,format=raw", "-device", "virtio-rng-pci",

            // Nothing in or out but these: its pages, its port of submissions, and one host that takes mail.
            "-netdev", $"user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:{http}-:8080,hostfwd=tcp:127.0.0.1:{tls}-:465,guestfwd=tcp:10.0.2.100:25-cmd:{relay}",
            "-device", "virtio-net-pci,netdev=n",
        ];
        long started = Stopwatch.GetTimestamp();
        using HttpClient client = NewClient(http);
        Daemon machine = await Daemon.StartAsync(Daemon.Find("qemu-system-x86_64", "qemu-system-x86"), qemu, () => IsReadyAsync(client), Patience);
        say.WriteLine($"Ready after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s.");
        return machine;
    }

    // The disk of settings: ptt.env, and a key that its settings name.
    private async Task SettleAsync(string more)
    {
        string folder = Directory.CreateDirectory(_folder.File("settings")).FullName;
        using (var rsa = RSA.Create(2048))
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "users.pem"), rsa.ExportPkcs8PrivateKeyPem());
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "ptt.env"), $"""
            # from the disk of settings
            Ptt__Admin__ApiToken={Token}
            Ptt__Keys__Domains__users.test__Selector=s
            Ptt__Keys__Domains__users.test__KeyFile=/config/users.pem
            Ptt__Relay__AllowPrivateAddresses=true
            Ptt__Relay__RetrySchedule__0=00:00:01
            {more}
            """);
        await SucceedAsync("truncate", "-s", "2M", _folder.File("config.img"));
        await SucceedAsync("mkfs.ext4", "-q", "-F", "-d", folder, _folder.File("config.img"));
    }

    private static async Task SendAsync(int tls, string to, int id, Daemon machine)
    {
        (int code, string output) = await Command.RunAsync("curl",
        [
            "--url", $"smtps://127.0.0.1:{tls}", "-sS", "--insecure", "--user", "ada@users.test:machine-Test-1", "--mail-from", "ada@users.test", "--mail-rcpt", to, "--upload-file", "-",
        ], $"From: ada@users.test\r\nTo: {to}\r\nSubject: from a machine\r\nX-Id: {id}\r\n\r\nHello.\r\n", Patience);
        Assert.True(code == 0, output + machine.Output);
    }

    // QEMU Machine Protocol: greeting, capabilities, the button. The machine turns itself off.
    private async Task PowerOffAsync(Daemon machine)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_folder.File("qmp")));
        await using (var stream = new NetworkStream(socket))
        {
            using var reader = new StreamReader(stream);
            foreach (string command in (string[])["qmp_capabilities", "system_powerdown"])
            {
                await reader.ReadLineAsync();
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{{\"execute\":\"{command}\"}}\n"));
            }

            await reader.ReadLineAsync();
        }

        Assert.Equal(0, await machine.EndAsync(Patience));
    }

    private static HttpClient NewClient(int http)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}"), Timeout = TimeSpan.FromSeconds(Patience) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            // qemu takes the connection before there is anybody in the machine to answer: such a one is given up soon.
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            using HttpResponseMessage answer = await client.GetAsync("/readyz", limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static async Task SucceedAsync(string program, params string[] arguments)
    {
        (int code, string output) = await Command.RunAsync(program, arguments);
        Assert.True(code == 0, $"{program}: {output}");
    }
}
