using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Ptt.Tests.Support;

namespace Ptt.Tests.Web.Users;

/// <summary>Git's own servers on loopback: git daemon, sshd, and git http-backend behind a small web server that asks for a password.</summary>
internal sealed class GitServer : IAsyncDisposable
{
    /// <summary>Vouches for the server of <c>https</c>.</summary>
    public static readonly X509Certificate2 Authority = Certificates.Authority();

    private const string Password = "for the remote";

    private static readonly string Basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ptt:" + Password));

    private IAsyncDisposable? _server;

    public required string Url { get; init; }

    public (string, string)[] Settings { get; private init; } = [];

    /// <summary>What a person gives to git to get in.</summary>
    public string[] ForPeople { get; private init; } = [];

    public static async Task<GitServer> StartAsync(string transport, string bare, TemporaryDirectory directory)
    {
        Daemon.Find("git", "git");
        switch (transport)
        {
            case "git":
                int port = Ports.Free();
                Daemon daemon = await Daemon.StartAsync(Path.Combine(UsersHost.Git("/", "--exec-path"), "git-daemon"),   // itself: the front end would leave it behind
                    ["--listen=127.0.0.1", $"--port={port}", "--base-path=" + directory.Path, "--export-all", "--enable=receive-pack", directory.Path], () => IsOpenAsync(port));
                return new GitServer { Url = $"git://127.0.0.1:{port}/remote.git", _server = daemon };
            case "ssh":
                return await SshAsync(bare, directory);
            case "http":
                return await HttpAsync(directory, null);
            case "https":
                return await HttpAsync(directory, Certificates.Server("localhost", Authority));
            default:
                return new GitServer { Url = "file://" + bare };
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private static async Task<GitServer> SshAsync(string bare, TemporaryDirectory directory)
    {
        string sshd = Daemon.Find("sshd", "openssh-server");
        foreach (string key in new[] { "host", "user" })
        {
            await Daemon.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", directory.File(key)]);
        }

        if (!OperatingSystem.IsWindows() && Environment.UserName == "root")
        {
            Directory.CreateDirectory("/run/sshd");   // its privilege separation asks for it
        }

        int port = Ports.Free();
        File.Copy(directory.File("user.pub"), directory.File("authorized"));
        File.WriteAllText(directory.File("sshd_config"), $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {directory.File("host")}
            AuthorizedKeysFile {directory.File("authorized")}
            PidFile none
            UsePAM no
            StrictModes no
            PasswordAuthentication no
            PermitRootLogin prohibit-password

            """);
        Daemon daemon = await Daemon.StartAsync(sshd, ["-D", "-e", "-f", directory.File("sshd_config")], () => IsOpenAsync(port));
        string hostKey = string.Join(' ', File.ReadAllText(directory.File("host.pub")).Split(' ')[..2]);
        return new GitServer
        {
            Url = $"ssh://{Environment.UserName}@127.0.0.1:{port}{bare}",
            Settings = [("Ptt:Users:SshKey", File.ReadAllText(directory.File("user"))), ("Ptt:Users:KnownHosts", $"[127.0.0.1]:{port} {hostKey}")],
            _server = daemon,
        };
    }

    private static async Task<GitServer> HttpAsync(TemporaryDirectory directory, X509Certificate2? certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l =>
        {
            if (certificate is not null)
            {
                l.UseHttps(certificate);
            }
        }));
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Run(http => ServeAsync(http, directory.Path));
        await app.StartAsync();
        return new GitServer
        {
            Url = app.Urls.First().Replace("127.0.0.1", certificate is null ? "127.0.0.1" : "localhost", StringComparison.Ordinal) + "/remote.git",
            Settings = [("Ptt:Users:UserName", "ptt"), ("Ptt:Users:Password", Password)],
            ForPeople = ["-c", "http.extraHeader=Authorization: " + Basic],
            _server = app,
        };
    }

    // CGI (RFC 3875) as far as git http-backend needs it.
    private static async Task ServeAsync(HttpContext http, string root)
    {
        if (http.Request.Headers.Authorization != Basic)
        {
            http.Response.StatusCode = 401;
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"git\"";
            return;
        }

        var start = new ProcessStartInfo("git", ["-c", "http.receivepack=true", "http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["GIT_PROJECT_ROOT"] = root;
        start.Environment["GIT_HTTP_EXPORT_ALL"] = "1";
        start.Environment["REQUEST_METHOD"] = http.Request.Method;
        start.Environment["PATH_INFO"] = http.Request.Path;
        start.Environment["QUERY_STRING"] = http.Request.QueryString.Value?.TrimStart('?');
        start.Environment["CONTENT_TYPE"] = http.Request.ContentType;
        start.Environment["HTTP_CONTENT_ENCODING"] = http.Request.Headers.ContentEncoding;
        start.Environment["REMOTE_USER"] = "ptt";
        start.Environment["REMOTE_ADDR"] = "127.0.0.1";
        using Process backend = Process.Start(start)!;
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        await backend.StandardInput.BaseStream.WriteAsync(body.ToArray());
        backend.StandardInput.Close();
        using var output = new MemoryStream();
        await backend.StandardOutput.BaseStream.CopyToAsync(output);
        byte[] answer = output.ToArray();
        int end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (string line in Encoding.ASCII.GetString(answer, 0, end).Split("\r\n"))
        {
            string[] field = line.Split(": ", 2);
            if (field[0] == "Status")
            {
                http.Response.StatusCode = int.Parse(field[1][..3], System.Globalization.CultureInfo.InvariantCulture);
            }
            else
            {
                http.Response.Headers[field[0]] = field[1];
            }
        }

        await http.Response.Body.WriteAsync(answer.AsMemory(end + 4));
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var client = new System.Net.Sockets.TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
