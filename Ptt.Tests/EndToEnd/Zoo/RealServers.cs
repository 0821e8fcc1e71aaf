using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd.Zoo;

/// <summary>Mail servers that others wrote, each at an address of its own on one port. They take mail for <c>alice</c> and refuse <c>nobody</c>; what they take is thrown away.</summary>
internal sealed class RealServers : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ptt-zoo-mta-").FullName;
    private readonly List<Daemon> _daemons = [];

    public RealServers(X509Certificate2 certificate)
    {
        File.SetUnixFileMode(_directory, (UnixFileMode)0x1ed);   // 0755: they leave root behind and still read it
        CertificateFile = Path.Combine(_directory, "cert.pem");
        KeyFile = Path.Combine(_directory, "key.pem");
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(KeyFile, (UnixFileMode)0x1a4);
    }

    private string CertificateFile { get; }

    private string KeyFile { get; }

    /// <summary>Postfix: its master and daemons, with a configuration and a queue of their own.</summary>
    public async Task PostfixAsync(IPEndPoint endPoint, string domain)
    {
        const string Daemons = "/usr/lib/postfix/sbin";
        Assert.True(Environment.UserName == "root", "Postfix's master needs root: run the tests as root, as ./test.sh in a container does.");
        Assert.True(File.Exists(Daemons + "/master"), "Postfix is missing: apt-get install postfix (./test.sh does).");
        string home = Directory.CreateDirectory(Path.Combine(_directory, "postfix")).FullName;
        foreach (string folder in new[] { "etc", "queue/pid" })
        {
            Directory.CreateDirectory(Path.Combine(home, folder));
        }

        string[] owned = ["data", .. "public private incoming active deferred defer bounce corrupt flush saved trace hold maildrop".Split(' ').Select(f => "queue/" + f)];
        foreach (string folder in owned)
        {
            Directory.CreateDirectory(Path.Combine(home, folder), (UnixFileMode)(folder is "queue/public" ? 0x1c8 : 0x1c0));
        }

        await ChownAsync("postfix", owned.Select(f => Path.Combine(home, f)));
        await ChownAsync("postfix:postdrop", [Path.Combine(home, "queue/public"), Path.Combine(home, "queue/maildrop")]);
        await File.WriteAllTextAsync(Path.Combine(home, "etc/main.cf"),
            $$"""
            compatibility_level = 3.6
            queue_directory = {{home}}/queue
            data_directory = {{home}}/data
            command_directory = /usr/sbin
            daemon_directory = {{Daemons}}
            shlib_directory = /usr/lib/postfix
            meta_directory = /etc/postfix
            mail_owner = postfix
            setgid_group = postdrop
            maillog_file = {{home}}/maillog
            maillog_file_prefixes = {{home}}
            myhostname = mx.{{domain}}
            mydestination = {{domain}}
            local_recipient_maps = inline:{alice=x}
            local_transport = discard
            alias_maps =
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            smtpd_tls_security_level = may
            smtpd_tls_cert_file = {{CertificateFile}}
            smtpd_tls_key_file = {{KeyFile}}
            """ + "\n");
        await File.WriteAllTextAsync(Path.Combine(home, "etc/master.cf"),
            $"{endPoint} inet n - n - - smtpd\n" + string.Concat(new[]
            {
                "postlog unix-dgram n - n - 1 postlogd", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr", "tlsmgr unix - - n 1000? 1 tlsmgr",
                "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
                "proxymap unix - - n - - proxymap", "error unix - - n - - error", "retry unix - - n - - error", "discard unix - - n - - discard", "anvil unix - - n - 1 anvil",
            }.Select(l => l + "\n")));
        _daemons.Add(await Daemon.StartAsync(Daemons + "/master", ["-c", Path.Combine(home, "etc"), "-d"], () => AnswersAsync(endPoint)));
    }

    /// <summary>Exim, unpacked by ./test.sh and not installed: its package and Postfix's exclude each other.</summary>
    public async Task EximAsync(IPEndPoint endPoint)
    {
        string program = Path.Combine(Repository.Root, "artifacts", "unpacked", "usr", "sbin", "exim4");
        Assert.True(File.Exists(program), $"{program} is missing: ./test.sh unpacks Debian's exim4-daemon-light there.");
        string home = Directory.CreateDirectory(Path.Combine(_directory, "exim")).FullName;
        foreach (string folder in new[] { "spool", "log" })
        {
            Directory.CreateDirectory(Path.Combine(home, folder));
        }

        await ChownAsync("Debian-exim:Debian-exim", [Path.Combine(home, "spool"), Path.Combine(home, "log")]);
        await File.WriteAllTextAsync(Path.Combine(home, "exim.conf"),
            $$"""
            spool_directory = {{home}}/spool
            log_file_path = {{home}}/log/%slog
            pid_file_path = {{home}}/exim.pid
            primary_hostname = mx.exim.test
            local_interfaces = {{endPoint.Address}}
            daemon_smtp_ports = {{endPoint.Port}}
            tls_advertise_hosts = *
            tls_certificate = {{CertificateFile}}
            tls_privatekey = {{KeyFile}}
            disable_ipv6 = true
            queue_only = true
            keep_environment =
            host_lookup =
            rfc1413_query_timeout = 0s
            acl_smtp_rcpt = acl_rcpt
            begin acl
            acl_rcpt:
              deny local_parts = nobody
                   message = no such user here
              accept
            begin routers
            begin transports
            begin retry
            begin rewrite
            begin authenticators
            """ + "\n");
        _daemons.Add(await Daemon.StartAsync(program, ["-C", Path.Combine(home, "exim.conf"), "-bdf", "-oX", $"{endPoint.Address}.{endPoint.Port}"], () => AnswersAsync(endPoint)));
    }

    /// <summary>OpenSMTPD, unpacked like Exim. Its places are fixed, so it sees others there than we do. No STARTTLS: Debian's build fails in it since OpenSSL 3.</summary>
    public async Task OpenSmtpdAsync(IPEndPoint endPoint, string domain)
    {
        string program = Path.Combine(Repository.Root, "artifacts", "unpacked", "usr", "sbin", "smtpd");
        Assert.True(File.Exists(program), $"{program} is missing: ./test.sh unpacks Debian's opensmtpd there.");
        string configuration = Path.Combine(_directory, "smtpd.conf");
        await File.WriteAllTextAsync(configuration,
            $$"""
            listen on {{endPoint.Address}} port {{endPoint.Port}} hostname mx.{{domain}}
            action "away" relay host smtp://127.0.0.1:9
            match from any for rcpt-to { "alice@{{domain}}" } action "away"
            """ + "\n");
        const string Start =
            "for place in /var/spool /var/lib /run; do mount -t tmpfs -o mode=0755 none $place || exit 1; done; "
            + "mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd && chmod 0711 /var/spool/smtpd && exec \"$@\"";
        _daemons.Add(await Daemon.StartAsync(Daemon.Find("unshare", "util-linux"), ["-m", "sh", "-c", Start, "sh", program, "-d", "-f", configuration], () => AnswersAsync(endPoint)));
    }

    /// <summary>Postfix's test server with a fault of its own.</summary>
    public async Task SinkAsync(IPEndPoint endPoint, params string[] faults) => _daemons.Add(await Daemon.StartAsync(
        Daemon.Find("smtp-sink", "postfix"), [.. Environment.UserName == "root" ? (string[])["-u", "nobody"] : [], "-h", "sink.test", .. faults, endPoint.ToString(), "100"],
        () => AnswersAsync(endPoint)));

    public async ValueTask DisposeAsync()
    {
        foreach (Daemon daemon in _daemons)
        {
            await daemon.DisposeAsync();
        }

        for (int tries = 0; Directory.Exists(_directory) && tries < 100; tries++)
        {
            try
            {
                Directory.Delete(_directory, recursive: true);      // Postfix's children end when they see that their master has
            }
            catch (IOException)
            {
                await Task.Delay(50);
            }
        }
    }

    private static async Task ChownAsync(string owner, IEnumerable<string> paths)
    {
        (int code, string output) = await Daemon.RunAsync(Daemon.Find("chown", "coreutils"), [owner, .. paths]);
        Assert.True(code == 0, output);
    }

    private static async Task<bool> AnswersAsync(IPEndPoint endPoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
