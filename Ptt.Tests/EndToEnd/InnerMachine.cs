using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Links;

namespace Ptt.Tests.EndToEnd;

/// <summary>What docs/deploy/three-machines.md does on each machine, and a user's program that sends through them.</summary>
internal static class InnerMachine
{
    /// <summary>Both files of <c>&lt;data&gt;/link</c>, for a machine that is reached as <paramref name="name"/>.</summary>
    public static X509Certificate2 Link(string authority, string data, IReadOnlyCollection<Role> roles, string name, TimeProvider? time = null)
    {
        string link = Directory.CreateDirectory(Path.Combine(data, "link")).FullName;
        string pem = Authority.Issue(authority, roles, [name], TimeSpan.FromDays(1), time ?? TimeProvider.System);
        File.WriteAllText(Path.Combine(link, "certificate.pem"), pem);
        File.Copy(Path.Combine(authority, "authority.pem"), Path.Combine(link, "authority.pem"));
        return X509Certificate2.CreateFromPem(pem);
    }

    /// <summary>Two listeners instead of those that <see cref="PttProcess"/> gives: to the machine before it, and one on loopback.</summary>
    public static string[] Listeners(Role role, string endPoint, string onLoopback) =>
    [
        $"Ptt:Listeners:0:Role={role}", $"Ptt:Listeners:0:EndPoint={endPoint}", "Ptt:Listeners:0:Tls=StartTls",
        $"Ptt:Listeners:1:Role={role}", $"Ptt:Listeners:1:EndPoint={onLoopback}", "Ptt:Listeners:1:Tls=None",
    ];

    /// <summary>Python that sends messages 1 to <paramref name="count"/>; what is answered 4xx is tried again, as users' programs do.</summary>
    public static string Sending(int port, int count, string secret = "x") => $$"""
        import smtplib, ssl, time
        context = ssl._create_unverified_context()
        for i in range(1, {{count.ToString(CultureInfo.InvariantCulture)}} + 1):
            for attempt in range(300):
                try:
                    with smtplib.SMTP_SSL("127.0.0.1", {{port.ToString(CultureInfo.InvariantCulture)}}, context=context) as s:
                        s.login("ada@src.test", "three-Machines-1")
                        s.sendmail("ada@src.test", ["bob@dst.test"], "From: ada@src.test\r\nX-Id: %d\r\nSubject: {{secret}}\r\n\r\n{{secret}}\r\n" % i)
                    break
                except smtplib.SMTPResponseException as e:
                    if e.smtp_code // 100 != 4: raise
                    time.sleep(0.2)
            else:
                raise SystemExit("never taken: %d" % i)
        """;
}
