using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Reports;

/// <summary>The mail that carries a report about TLS (RFC 8460 §5.3). <paramref name="Domain"/> is the one reported on, <paramref name="HostName"/> ours.</summary>
public sealed record TlsReportMail(Mailbox From, Mailbox To, string Domain, string ReportId, DateOnly Day, string HostName)
{
    public static MessageContent Write(TlsReportMail mail, ReadOnlySpan<byte> gzip, DateTimeOffset now)
    {
        string boundary = "=_" + Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        long begin = new DateTimeOffset(mail.Day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds();
        string file = string.Create(CultureInfo.InvariantCulture, $"{mail.From.DomainText}!{mail.Domain}!{begin}!{begin + 86399}.json.gz");   // §5.1
        var text = new StringBuilder();
        void Field(string name, string value) => text.Append(Encoding.ASCII.GetString(FieldWriter.Write(name, value)));
        void Line(string line) => text.Append(line).Append("\r\n");

        Field("Date", MailDate.Format(now));
        Field("From", $"<{mail.From}>");
        Field("To", $"<{mail.To}>");
        Field("Subject", $"Report Domain: {mail.Domain} Submitter: {mail.From.DomainText} Report-ID: <{mail.ReportId}>");                      // §5.3
        Field("Message-ID", $"<{mail.ReportId}@{mail.HostName}>");
        Field("TLS-Report-Domain", mail.Domain);
        Field("TLS-Report-Submitter", mail.From.DomainText);
        Field("TLS-Required", "No");                                               // §3: what does not work must not keep the report of it
        Field("Auto-Submitted", "auto-generated");
        Field("MIME-Version", "1.0");
        text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n boundary=\"{boundary}\"\r\n");
        Line("");
        Line("--" + boundary);
        Line("Content-Type: text/plain; charset=us-ascii");
        Line("Content-Transfer-Encoding: 7bit");
        Line("");
        Line(string.Create(CultureInfo.InvariantCulture, $"This is an aggregate TLS report (RFC 8460) about {mail.Domain}"));
        Line(string.Create(CultureInfo.InvariantCulture, $"for {mail.Day:yyyy-MM-dd} (UTC), sent by {mail.From.DomainText}."));
        Line("--" + boundary);
        Line("Content-Type: application/tlsrpt+gzip");
        Line("Content-Transfer-Encoding: base64");
        Line("Content-Disposition: attachment;");
        Line($" filename=\"{file}\"");
        Line("");
        string base64 = Convert.ToBase64String(gzip);
        for (int at = 0; at < base64.Length; at += 76)
        {
            Line(base64.Substring(at, Math.Min(76, base64.Length - at)));
        }

        Line($"--{boundary}--");
        return MessageContent.FromMemory(Encoding.ASCII.GetBytes(text.ToString()));
    }
}
