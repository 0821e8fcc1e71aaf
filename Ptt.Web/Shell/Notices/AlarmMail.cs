using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Roles;
using Ptt.Web.Shell.Sessions;

namespace Ptt.Web.Shell.Notices;

/// <summary>Alarms as a mail to the postmaster, through our own chain: it is signed, queued and tried again like any other.</summary>
internal sealed partial class AlarmMail(
    IServiceProvider services, IOptions<RoleOptions> roles, IOptionsMonitor<AlarmOptions> options, IOptions<PttOptions> ptt, IOwnDomains domains, SandboxLink sandbox, TimeProvider time,
    ILogger<AlarmMail> logger)
{
    public async ValueTask SendAsync(IReadOnlyList<Alarm> raised, IReadOnlyList<Alarm> ended, CancellationToken cancellationToken)
    {
        AlarmOptions how = options.CurrentValue;
        Mailbox? postmaster = domains.All.Count == 0 ? null : Mailbox.Parse($"postmaster@{domains.All.OrderBy(d => d.ToString(), StringComparer.Ordinal).First()}");
        Mailbox? from = how.MailFrom.Length == 0 ? postmaster : Mailbox.TryParse(how.MailFrom, out Mailbox? named) ? named : null;
        IReadOnlyList<Mailbox> to = how.MailTo.Count > 0
            ? [.. how.MailTo.Select(t => Mailbox.TryParse(t, out Mailbox? m) ? m : null).OfType<Mailbox>()]
            : postmaster is not null && !sandbox.Enabled ? [postmaster] : [];
        if (!how.Mail || from is null || to.Count == 0 || Entrance() is not { } entrance)
        {
            return;
        }

        DateTimeOffset now = time.GetUtcNow();
        var envelope = new Envelope
        {
            ReversePath = from,
            Recipients = [.. to.Select(t => new Recipient(t))],
            Origin = new Origin
            {
                ReceivedAt = now, SessionId = "alarm-" + now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
                Login = new Login { Address = from, SendAs = [from.ToString()], IsService = true, Version = "" },
            },
            SmtpUtf8 = from.IsInternationalized || to.Any(t => t.IsInternationalized),
        };
        await using var builder = new MessageContentBuilder();
        builder.Append(Write(from, to, raised, ended, now));
        await using MessageContent content = builder.ToContent();
        Reply reply = await services.GetRequiredService<IEntrances>().For(entrance).AcceptAsync(envelope, content, cancellationToken);
        if (reply.Code != 250)
        {
            NotMailed(reply.ToString());
        }
    }

    // The first role that is here; each hands on to the next.
    private Role? Entrance() => new Role?[] { Role.Submission, Role.Signer, Role.Relay }.FirstOrDefault(r => roles.Value.Plays(r!.Value));

    private byte[] Write(Mailbox from, IReadOnlyList<Mailbox> to, IReadOnlyList<Alarm> raised, IReadOnlyList<Alarm> ended, DateTimeOffset now)
    {
        string host = ptt.Value.Hostname;
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append("\r\n");
        Alarm first = raised.Count > 0 ? raised[0] : ended[0];
        Line($"From: <{from}>");
        Line($"To: {string.Join(", ", to.Select(t => $"<{t}>"))}");
        Line($"Subject: [Ptt {Plain(host)}] {(raised.Count > 0 ? raised.Max(a => a.Severity).ToString() : "Over")}: {Subject(first)}{(raised.Count + ended.Count > 1 ? FormattableString.Invariant($" (+{raised.Count + ended.Count - 1})") : "")}");
        Line($"Date: {now.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)}");
        Line("MIME-Version: 1.0");
        Line("Content-Type: text/plain; charset=utf-8");
        Line("Content-Transfer-Encoding: base64");
        Line("Auto-Submitted: auto-generated");   // RFC 3834 §5: nobody's vacation answers it
        Line("");
        var body = new StringBuilder();
        foreach (Alarm alarm in raised)
        {
            body.Append(CultureInfo.InvariantCulture, $"{alarm.Severity}: {alarm.Text}\r\n  {alarm.Name}, since {alarm.Since:yyyy-MM-dd HH:mm} UTC\r\n");
            body.Append(alarm.Link is null ? "\r\n" : $"  See to it on the page {alarm.Link}\r\n\r\n");
        }

        foreach (Alarm alarm in ended)
        {
            body.Append(CultureInfo.InvariantCulture, $"Over: {alarm.Text}\r\n  {alarm.Name}\r\n\r\n");
        }

        body.Append("Silence or acknowledge alarms on the page /alarms.\r\n");
        foreach (char[] line in Convert.ToBase64String(Encoding.UTF8.GetBytes(body.ToString())).Chunk(76))
        {
            Line(new string(line));
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static string Subject(Alarm alarm) => Plain(alarm.Text) is var text && text.Length > 80 ? text[..80] + "..." : Plain(alarm.Text);

    // Alarms quote strangers: what is no plain ASCII stays out of the header.
    private static string Plain(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));

    [LoggerMessage(9202, LogLevel.Warning, "The mail about an alarm was not taken: {Reply}")]
    private partial void NotMailed(string reply);
}
