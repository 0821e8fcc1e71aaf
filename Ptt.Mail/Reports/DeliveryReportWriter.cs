using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Reports;

/// <summary>
/// Writes a report as multipart/report (RFC 6522): a text for people, message/delivery-status (RFC 3464) for programs, and what
/// is returned of the message. A sender with an internationalized address gets the UTF-8 forms of RFC 6533; everyone else gets
/// seven bits, unless eight were in the message that is returned whole.
/// </summary>
public static class DeliveryReportWriter
{
    /// <summary>A message past this is returned as its header, whatever was asked for.</summary>
    public const int MaxReturned = 50 * 1024;

    public static async ValueTask<WrittenReport> WriteAsync(DeliveryReport report, DateTimeOffset now, CancellationToken cancellationToken)
    {
        bool utf8 = report.To.IsInternationalized;
        (byte[] returned, bool whole) = await ReturnedAsync(report, cancellationToken).ConfigureAwait(false);
        bool eightBit = utf8 || !Ascii.IsValid(returned);
        string boundary = "=_" + Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

        var message = new ArrayBufferWriter<byte>(returned.Length + 4096);
        WriteHeader(message, report, now, boundary, utf8);

        string text = ReportText.Write(report);
        bool plain = Ascii.IsValid(text);
        Line(message, $"--{boundary}");
        Line(message, $"Content-Type: text/plain; charset={(plain ? "us-ascii" : "utf-8")}");
        Line(message, $"Content-Transfer-Encoding: {(plain ? "7bit" : utf8 ? "8bit" : "quoted-printable")}");
        Line(message, "");
        message.Write(Encoding.UTF8.GetBytes(plain || utf8 ? text : QuotedPrintable.Encode(text)));

        Line(message, $"--{boundary}");
        Line(message, $"Content-Type: message/{(utf8 ? "global-delivery-status" : "delivery-status")}");
        Line(message, $"Content-Transfer-Encoding: {(utf8 ? "8bit" : "7bit")}");
        Line(message, "");
        new StatusFields(utf8).Write(message, report);

        Line(message, "");
        Line(message, $"--{boundary}");
        Line(message, "Content-Type: " + (whole, utf8) switch
        {
            (true, false) => "message/rfc822",
            (true, true) => "message/global",
            (false, false) => "text/rfc822-headers",
            (false, true) => "message/global-headers",
        });
        Line(message, $"Content-Transfer-Encoding: {(eightBit ? "8bit" : "7bit")}");
        Line(message, "");
        message.Write(returned);
        Line(message, "");
        Line(message, $"--{boundary}--");
        return new WrittenReport(MessageContent.FromMemory(message.WrittenMemory), eightBit, utf8);
    }

    private static void WriteHeader(ArrayBufferWriter<byte> message, DeliveryReport report, DateTimeOffset now, string boundary, bool utf8)
    {
        Field(message, "Date", MailDate.Format(now));
        Field(message, "From", $"Mail Delivery System <MAILER-DAEMON@{report.ReportingMta}>");
        Field(message, "To", $"<{report.To}>");
        Field(message, "Subject", ReportText.Subject(report));
        Field(message, "Message-ID", $"<{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}.dsn@{report.ReportingMta}>");
        Field(message, "Auto-Submitted", "auto-replied");                                        // RFC 3834 §5
        Field(message, "MIME-Version", "1.0");
        message.Write(Encoding.ASCII.GetBytes(
            $"Content-Type: multipart/report; report-type={(utf8 ? "global-delivery-status" : "delivery-status")};\r\n boundary=\"{boundary}\"\r\n"));
        Line(message, "Content-Transfer-Encoding: " + (utf8 ? "8bit" : "7bit"));
        Line(message, "");
        Line(message, "This is a report in MIME format.");
        Line(message, "");
    }

    private static async ValueTask<(byte[] Octets, bool Whole)> ReturnedAsync(DeliveryReport report, CancellationToken cancellationToken)
    {
        bool whole = report.ReturnFull && report.Original.Length <= MaxReturned;
        long length = report.Original.Length;
        if (!whole)
        {
            length = await MessageHeader.ReadAsync(report.Original, cancellationToken).ConfigureAwait(false) is HeaderReading.Read { Header: var header }
                ? Math.Min(header.Length, MaxReturned)
                : 0;
        }

        byte[] octets = new byte[length];
        Stream stream = report.Original.OpenRead();
        await using (stream.ConfigureAwait(false))
        {
            await stream.ReadExactlyAsync(octets, cancellationToken).ConfigureAwait(false);
        }

        return (octets, whole);
    }

    private static void Field(ArrayBufferWriter<byte> message, string name, string value) => message.Write(FieldWriter.Write(name, value));

    private static void Line(ArrayBufferWriter<byte> message, string line)
    {
        message.Write(Encoding.ASCII.GetBytes(line));
        message.Write("\r\n"u8);
    }
}

/// <summary>The report as a message, and what its envelope must say of it.</summary>
public sealed record WrittenReport(MessageContent Content, bool EightBit, bool SmtpUtf8);
