using System.Diagnostics;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>
/// BIND 9 as the primary of <c>src.test</c>, which takes signed updates, and of ten destinations <c>d0.test</c> to <c>d9.test</c> whose MX is at
/// 127.0.1.10 to 127.0.1.19; also the resolver. A process of its own, files in a directory of its own.
/// </summary>
internal sealed class NameServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ptt-named-").FullName;
    private Process? _named;

    public int Port { get; } = Ports.Free();

    public string EndPoint => $"127.0.0.1:{Port}";

    /// <summary>In the form of <c>Ptt:Dns:Update:Key</c>.</summary>
    public string UpdateKey { get; } = "ptt._update.src.test:SHA256:" + Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    public static async Task<NameServer> StartAsync()
    {
        var server = new NameServer();
        server.Write();
        await server.RunAsync();
        return server;
    }

    public async Task RunAsync()
    {
        _named = Command.Start("named", ["-4", "-g", "-n", "1", "-c", Path.Combine(_directory, "named.conf")]);
        _named.BeginOutputReadLine();
        _named.BeginErrorReadLine();
        for (int i = 0; i < 1200; i++)
        {
            if ((await DigAsync("d0.test", "MX")).Contains("mx.d0.test", StringComparison.Ordinal))
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("named did not answer.");
    }

    public async Task<string> DigAsync(string name, string type) =>
        (await Command.RunAsync("dig", ["+short", "+time=1", "+tries=1", "-p", $"{Port}", "@127.0.0.1", name, type])).Output;

    public async Task StopAsync()
    {
        if (_named is { HasExited: false })
        {
            _named.Kill();
            await _named.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _named?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Write()
    {
        string secret = UpdateKey.Split(':')[2];
        const string Head = "$TTL 60\n@ SOA ns.src.test. root.src.test. 1 3600 600 86400 5\n@ NS ns.src.test.\n";
        File.WriteAllText(Path.Combine(_directory, "src.test"), Head + "ns A 127.0.0.1\nmail A 127.0.0.1\n");
        for (int n = 0; n < 10; n++)
        {
            File.WriteAllText(Path.Combine(_directory, $"d{n}.test"), $"{Head}@ MX 10 mx\nmx A 127.0.1.1{n}\n");
        }

        File.WriteAllText(Path.Combine(_directory, "named.conf"),
            $$"""
            options { directory "{{_directory}}"; listen-on port {{Port}} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no;
              pid-file "{{_directory}}/pid"; session-keyfile none; minimal-responses no; };
            controls { };
            key "ptt._update.src.test" { algorithm hmac-sha256; secret "{{secret}}"; };
            zone "src.test" { type primary; file "{{_directory}}/src.test"; allow-update { key "ptt._update.src.test"; }; };
            """ + string.Concat(Enumerable.Range(0, 10).Select(n => $"\nzone \"d{n}.test\" {{ type primary; file \"{_directory}/d{n}.test\"; }};")) + "\n");
    }
}
