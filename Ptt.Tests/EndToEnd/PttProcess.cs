using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>
/// Ptt as an administrator runs it: the built program, a process of its own, free ports, a data directory that goes when the test does (unless the
/// test gave it). In Development it has the sandbox around it.
/// </summary>
internal sealed class PttProcess : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly bool _ownsDirectory;
    private readonly string[] _arguments;
    private readonly string _environment;
    private readonly NetworkLab? _lab;
    private readonly string _machine;
    private Process? _process;

    private PttProcess(string environment, string? dataDirectory, IEnumerable<string> settings, NetworkLab? lab = null, string machine = "")
    {
        (_lab, _machine) = (lab, machine);
        _environment = environment;
        _ownsDirectory = dataDirectory is null;
        DataDirectory = dataDirectory ?? Directory.CreateTempSubdirectory("ptt-test-").FullName;
        bool sandbox = environment == "Development";
        _arguments =
        [
            $"--Ptt:DataDirectory={DataDirectory}", $"--Ptt:Http:EndPoint={(lab is null ? "127.0.0.1" : "0.0.0.0")}:{HttpPort}",
            "--Ptt:Listeners:0:Role=Submission", $"--Ptt:Listeners:0:EndPoint=127.0.0.1:{TlsPort}", "--Ptt:Listeners:0:Tls=Implicit",
            "--Ptt:Listeners:1:Role=Submission", $"--Ptt:Listeners:1:EndPoint=127.0.0.1:{StartTlsPort}", "--Ptt:Listeners:1:Tls=StartTls",
            .. sandbox ? [$"--Ptt:Sandbox:DnsEndPoint=127.0.0.1:{DnsPort}", $"--Ptt:Sandbox:MxEndPoint=127.0.0.1:{MxPort}"] : (string[])[],
            .. settings.Select(s => s.StartsWith("--", StringComparison.Ordinal) ? s : "--" + s),
        ];
    }

    public string DataDirectory { get; }

    /// <summary>Megabytes of the file system of its own that the data directory is then on, which goes with the process; 0: an ordinary directory.</summary>
    private int DiskMegabytes { get; init; }

    /// <summary>The data directory as the process sees it.</summary>
    public string DataAsSeenInside => $"/proc/{Id}/root{DataDirectory}";

    public int HttpPort { get; } = Ports.Free();

    public int TlsPort { get; } = Ports.Free();

    public int StartTlsPort { get; } = Ports.Free();

    public int DnsPort { get; } = Ports.Free();

    public int MxPort { get; } = Ports.Free();

    public HttpClient Http => field ??= new HttpClient(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        ConnectCallback = async (context, cancellationToken) =>
        {
            Socket socket = _lab?.NewSocket(_machine) ?? new Socket(HttpEndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(HttpEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri($"{(_arguments.Contains("--Ptt:Http:Tls=true") ? "https" : "http")}://{HttpEndPoint}"), Timeout = TimeSpan.FromSeconds(100),
    };

    // What a test says after us holds.
    private IPEndPoint HttpEndPoint
    {
        get
        {
            const string Setting = "--Ptt:Http:EndPoint=";
            IPEndPoint said = IPEndPoint.Parse(_arguments.Last(a => a.StartsWith(Setting, StringComparison.Ordinal))[Setting.Length..]);
            return said.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, said.Port) : said;
        }
    }

    public int Id => _process!.Id;

    public string Output => string.Join('\n', _lines);

    /// <summary>Built beside the tests, in the same configuration.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("PTT_PROGRAM") ?? Path.Combine(Repository.Root, "Ptt.Web", "bin",
        Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!), "net10.0", "Ptt.Web");

    /// <summary>Started and ready.</summary>
    public static async Task<PttProcess> StartAsync(string environment = "Development", string? dataDirectory = null, params string[] settings)
    {
        var ptt = new PttProcess(environment, dataDirectory, settings);
        await ptt.StartAsync();
        return ptt;
    }

    /// <summary>Not started yet.</summary>
    public static PttProcess New(string environment, string dataDirectory, params string[] settings) => new(environment, dataDirectory, settings);

    /// <summary>Started and ready, with its data on a disk of this size.</summary>
    public static async Task<PttProcess> StartOnSmallDiskAsync(int megabytes, string environment, params string[] settings)
    {
        var ptt = new PttProcess(environment, null, settings) { DiskMegabytes = megabytes };
        await ptt.StartAsync();
        return ptt;
    }

    /// <summary>In Production on a machine of the lab; not started yet.</summary>
    public static PttProcess On(NetworkLab lab, string machine, string dataDirectory, params string[] settings) => new("Production", dataDirectory, settings, lab, machine);

    /// <summary>Not expected to serve: a verb, or a start that fails. Its exit code and all it said.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string environment, string? dataDirectory, string[] settings, string? verb = null)
    {
        await using var ptt = new PttProcess(environment, dataDirectory, settings);
        ptt.Launch(verb);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await ptt._process!.WaitForExitAsync(limit.Token);
        return (ptt._process.ExitCode, ptt.Output);
    }

    public async Task StartAsync()
    {
        Launch(null);
        long started = Stopwatch.GetTimestamp();
        while (!await IsReadyAsync())
        {
            if (_process!.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(180))
            {
                throw new InvalidOperationException($"Ptt did not become ready (exit {(_process.HasExited ? _process.ExitCode : "-")}):\n{Output}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>SIGKILL, as a power cut would.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; the exit code and how long it took.</summary>
    public async Task<(int Code, TimeSpan Took)> StopAsync()
    {
        long started = Stopwatch.GetTimestamp();
        Signal(_process!.Id, 15);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await _process.WaitForExitAsync(limit.Token);
        return (_process.ExitCode, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>What the sandbox's inbox holds, once it holds at least so many.</summary>
    public async Task<IReadOnlyList<JsonElement>> InboxAsync(int atLeast, Func<JsonElement, bool>? wanted = null, int seconds = 180)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            JsonElement[] all = await Http.GetFromJsonAsync<JsonElement[]>("/api/v1/sandbox/messages") ?? [];
            JsonElement[] found = [.. all.Where(wanted ?? (_ => true))];
            if (found.Length >= atLeast)
            {
                return found;
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), $"{found.Length} of {atLeast} messages arrived.\n{Output}");
            await Task.Delay(50);
        }
    }

    public async Task<byte[]> RawAsync(JsonElement message) =>
        await Http.GetByteArrayAsync($"/api/v1/sandbox/messages/{message.GetProperty("id").GetString()}/raw");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        if (_ownsDirectory)
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }

    private void Launch(string? verb)
    {
        string[] command = [.. _lab?.On(_machine) ?? [], Program, .. verb is null ? (string[])[] : [verb], .. _arguments];
        if (DiskMegabytes > 0)
        {
            // A mount namespace of its own; a user namespace too where we are not root.
            command =
            [
                "unshare", Environment.IsPrivilegedProcess ? "-m" : "-rm", "sh", "-c", $"mount -t tmpfs -o size={DiskMegabytes}m tmpfs {DataDirectory} && exec \"$@\"", "sh", .. command,
            ];
        }

        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = _environment;
        start.Environment["DOTNET_TieredPGO"] = "0";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
            while (_lines.Count > 2000)
            {
                _lines.TryDequeue(out _);
            }
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage answer = await Http.GetAsync("/readyz");
            return answer.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
        {
            return false;
        }
    }

    private static void Signal(int process, int signal)
    {
        if (kill(process, signal) != 0)
        {
            throw new InvalidOperationException($"kill {process.ToString(CultureInfo.InvariantCulture)}: errno {Marshal.GetLastPInvokeError()}");
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int process, int signal);
}
