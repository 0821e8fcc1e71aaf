using System.Globalization;
using System.Net.Http.Headers;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using Ptt.Tests.Support;
using Xunit.Abstractions;

namespace Ptt.Tests.EndToEnd;

/// <summary>The image of the Containerfile, built by buildah on a base of Debian packages and run by podman as docs/deploy/container.md says.</summary>
[Collection(EndToEndCollection.Name), Trait("Run", "Long")]
public sealed class ContainerTests(ITestOutputHelper say) : IDisposable
{
    private const string Image = "localhost/ptt-test";
    private const string Token = "token-of-the-container-test";
    private const long MaxSize = 200_000_000;

    private readonly TemporaryDirectory _storage = new();
    private readonly string _name = "ptt-test-" + Guid.NewGuid().ToString("N")[..8];

    private string[] _runtime = [];

    public void Dispose() => _storage.Dispose();

    /// <summary>Shipping.targets leaves parts of the framework out: none that is in reach of ours.</summary>
    [Fact]
    public async Task Every_assembly_that_the_program_refers_to_is_in_it()
    {
        string app = await Shipped.AppAsync();
        var reached = new HashSet<string>();
        var lacking = new List<string>();
        var next = new Queue<(string Name, string By)>([("Ptt.Web", "")]);
        while (next.TryDequeue(out (string Name, string By) at))
        {
            if (!reached.Add(at.Name))
            {
                continue;
            }

            string file = Path.Combine(app, at.Name + ".dll");
            if (!File.Exists(file))
            {
                lacking.Add($"{at.Name}, wanted by {at.By}");
                continue;
            }

            using var image = new PEReader(File.OpenRead(file));
            MetadataReader metadata = image.GetMetadataReader();
            foreach (AssemblyReferenceHandle reference in metadata.AssemblyReferences)
            {
                next.Enqueue((metadata.GetString(metadata.GetAssemblyReference(reference).Name), at.Name));
            }
        }

        Assert.Empty(lacking);
        Assert.True(reached.Count > 100, $"{reached.Count}");
    }

    [Fact]
    public async Task It_runs_read_only_and_without_root_turns_healthy_and_loses_nothing_at_a_stop_under_load()
    {
        await File.WriteAllTextAsync(StorageConfiguration, $"[storage]\ndriver = \"vfs\"\ngraphroot = \"{_storage.Path}/graph\"\nrunroot = \"{_storage.Path}/run\"\n");
        Environment.SetEnvironmentVariable("CONTAINERS_STORAGE_CONF", StorageConfiguration);
        (int built, string log) = await Shipped.RunAsync("container/build.sh", Image);
        Assert.True(built == 0, log);
        long size = long.Parse((await PodmanAsync("image", "inspect", "-f", "{{.Size}}", Image)).Trim(), CultureInfo.InvariantCulture);
        say.WriteLine($"The image takes {size / 1_000_000} MB.");
        Assert.True(size < MaxSize, $"{size}");

        string key = _storage.File("users.pem");
        using (var rsa = RSA.Create(2048))
        {
            await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem());
        }

        _runtime = await RuntimeAsync();
        await using var sink = new MailSink();
        (int http, int tls, int inner) = (Ports.Free(), Ports.Free(), Ports.Free());
        await PodmanAsync(
        [
            "run", "-d", "--name", _name, "--read-only", "--tmpfs", "/tmp:rw,noexec,size=64m", "--cap-drop", "all", "--security-opt", "no-new-privileges",
            "--network", "host", "-v", $"{_name}:/var/lib/ptt", "-v", $"{key}:/run/secrets/users.pem:ro",
            .. Settings($"Ptt__Http__EndPoint=127.0.0.1:{http}", $"Ptt__Listeners__0__EndPoint=127.0.0.1:{tls}", "Ptt__Listeners__1__Role=Signer",
                $"Ptt__Listeners__1__EndPoint=127.0.0.1:{inner}", "Ptt__Listeners__1__Tls=None", "Ptt__Hostname=mail.src.test",
                $"Ptt__Relay__Routes__sink.test=127.0.0.1:{sink.Port}", "Ptt__Relay__AllowPrivateAddresses=true", "Ptt__Relay__RetrySchedule__0=00:00:01",
                "Ptt__Keys__Domains__users.test__Selector=s", "Ptt__Keys__Domains__users.test__KeyFile=/run/secrets/users.pem", $"Ptt__Admin__ApiToken={Token}"), Image,
        ]);
        try
        {
            await HealthyAsync();
            string status = await PodmanAsync("exec", _name, "cat", "/proc/1/status");
            Assert.Contains("Uid:\t1654\t1654\t1654\t1654", status, StringComparison.Ordinal);
            Assert.Contains("CapEff:\t0000000000000000", status, StringComparison.Ordinal);
            Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
            Assert.NotEqual(0, (await TryAsync("exec", _name, "sh", "-c", "echo x > /app/x")).Code);
            Assert.Equal(0, (await TryAsync("exec", _name, "sh", "-c", "echo x > /var/lib/ptt/x")).Code);
            Assert.Contains("Ptt ", await PodmanAsync("exec", _name, "ptt", "version"), StringComparison.Ordinal);

            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            await Provision.UserAsync(client, "users.test", "ada@users.test", "container-Test-1");   // git works inside
            (int sent, string said) = await Command.RunAsync("curl",
            [
                "--url", $"smtps://127.0.0.1:{tls}", "-sS", "--insecure", "--user", "ada@users.test:container-Test-1", "--mail-from", "ada@users.test",
                "--mail-rcpt", "bob@sink.test", "--upload-file", "-",
            ], "From: ada@users.test\r\nTo: bob@sink.test\r\nSubject: From a user\r\nX-Id: 7\r\n\r\nSigned on its way.\r\n");
            Assert.True(sent == 0, said + await LogsAsync());
            await sink.WaitForAsync([7], 180, () => LogsAsync().Result);

            // Many write without a pause when SIGTERM comes; what was answered 250 arrives, if need be after the next start.
            using var over = new CancellationTokenSource();
            Task<List<int>>[] writers = [.. Enumerable.Range(0, 4).Select(w => WriteAsync(inner, (w + 1) * 100_000, over.Token))];
            await sink.WaitForAsync([100_010, 200_010, 300_010, 400_010], 180, () => LogsAsync().Result);
            await PodmanAsync("stop", "-t", "40", _name);
            await over.CancelAsync();
            int[] taken = [.. (await Task.WhenAll(writers)).SelectMany(t => t)];
            Assert.Equal("0", (await PodmanAsync("inspect", "-f", "{{.State.ExitCode}}", _name)).Trim());
            Assert.True(taken.Length >= 40, $"{taken.Length}");
            await PodmanAsync("start", _name);
            await HealthyAsync();
            await sink.WaitForAsync(taken, 180, () => LogsAsync().Result);
            say.WriteLine($"{taken.Length} messages were taken before the stop, and all arrived.");
        }
        finally
        {
            await TryAsync("rm", "-f", "-v", _name);
            await TryAsync("volume", "rm", "-f", _name);
            Environment.SetEnvironmentVariable("CONTAINERS_STORAGE_CONF", null);
        }
    }

    private string StorageConfiguration => Path.Combine(_storage.Path, "storage.conf");

    private static string[] Settings(params string[] settings) => [.. settings.SelectMany(s => (string[])["-e", s])];

    private static async Task<List<int>> WriteAsync(int port, int first, CancellationToken over)
    {
        var taken = new List<int>();
        await using var sender = new PlainSender(port);
        for (int id = first + 1; !over.IsCancellationRequested; id++)
        {
            try
            {
                string? reply = await sender.SendAsync(id, 2000, over);
                if (reply is null)
                {
                    return taken;                                          // the connection ended: nobody listens any more
                }

                if (reply.StartsWith("250", StringComparison.Ordinal))
                {
                    taken.Add(id);
                }
            }
            catch (OperationCanceledException)
            {
                return taken;
            }
        }

        return taken;
    }

    private async Task HealthyAsync()
    {
        for (int i = 0; i < 1200; i++)
        {
            if ((await TryAsync("healthcheck", "run", _name)).Code == 0)
            {
                return;
            }

            await Task.Delay(200);
        }

        Assert.Fail("The container did not turn healthy:\n" + await LogsAsync());
    }

    private async Task<string> LogsAsync() => (await TryAsync("logs", _name)).Output;

    /// <summary>As an administrator's podman runs it; where that is refused (nested machines without CAP_SYS_RESOURCE), with the shim of deploy/container.</summary>
    private async Task<string[]> RuntimeAsync() =>
        (await TryAsync("run", "--rm", "--network", "host", Image, "version")).Code == 0 ? [] : ["--runtime", Path.Combine(Repository.Root, "deploy", "container", "runc-shim")];

    private async Task<string> PodmanAsync(params string[] arguments)
    {
        (int code, string output) = await TryAsync(arguments);
        Assert.True(code == 0, $"podman {string.Join(' ', arguments)}: {output}");
        return string.Join('\n', output.Split('\n').Where(l => !l.Contains("level=error", StringComparison.Ordinal)));   // no systemd, no timer: the test asks itself
    }

    private Task<(int Code, string Output)> TryAsync(params string[] arguments) => Command.RunAsync("podman", [.. _runtime, .. arguments]);
}
