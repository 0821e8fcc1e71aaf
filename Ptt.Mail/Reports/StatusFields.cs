using System.Buffers;
using System.Globalization;
using System.Text;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Reports;

/// <summary>The body of message/delivery-status (RFC 3464 §2), or of its UTF-8 form (RFC 6533 §4).</summary>
internal sealed class StatusFields(bool utf8)
{
    public void Write(IBufferWriter<byte> output, DeliveryReport report)
    {
        if (report.EnvelopeId is { } id)
        {
            Field(output, "Original-Envelope-Id", id);
        }

        Field(output, "Reporting-MTA", "dns; " + report.ReportingMta);
        Field(output, "Arrival-Date", MailDate.Format(report.ArrivalDate));
        foreach (RecipientReport recipient in report.Recipients)
        {
            output.Write("\r\n"u8);
            if (recipient.Original is { } original)
            {
                int semicolon = original.IndexOf(';', StringComparison.Ordinal);
                Field(output, "Original-Recipient", $"{original[..Math.Max(0, semicolon)]}; {Address(original[(semicolon + 1)..])}");
            }

            Field(output, "Final-Recipient", $"{(recipient.Final.IsInternationalized ? "utf-8" : "rfc822")}; {Address(recipient.Final.ToString())}");
            Field(output, "Action", recipient.Action.ToString().ToLowerInvariant());
            Field(output, "Status", recipient.Status);
            if (recipient.RemoteMta is { } remote)
            {
                Field(output, "Remote-MTA", "dns; " + remote);
            }

            if (recipient.Diagnostic is { } diagnostic)
            {
                // RFC 3464 §2.3.6: smtp only for what an SMTP server said.
                Field(output, "Diagnostic-Code", (recipient.RemoteMta is null ? "x-ptt; " : "smtp; ") + Bounded(diagnostic));
            }

            if (recipient.LastAttempt is { } last)
            {
                Field(output, "Last-Attempt-Date", MailDate.Format(last));
            }

            if (recipient.WillRetryUntil is { } until)
            {
                Field(output, "Will-Retry-Until", MailDate.Format(until));
            }
        }
    }

    /// <summary>A stranger's words: not for ever, and with a place to fold (RFC 5322 §2.1.1).</summary>
    private static string Bounded(string diagnostic)
    {
        string text = diagnostic.Length <= 1000 ? diagnostic : diagnostic[..1000] + "…";
        return string.Join(' ', text.Split(' ', '\n').SelectMany(w => w.Chunk(200)).Select(c => new string(c)));
    }

    private void Field(IBufferWriter<byte> output, string name, string value) =>
        output.Write(FieldWriter.Write(name, utf8 || Ascii.IsValid(value) ? value : Unicode(value, _ => "?")));

    /// <summary>RFC 6533 §3: in seven bits a character is written <c>\x{HEX}</c>.</summary>
    private string Address(string address) =>
        utf8 || Ascii.IsValid(address) ? address : Unicode(address, rune => string.Create(CultureInfo.InvariantCulture, $@"\x{{{rune.Value:X}}}"));

    private static string Unicode(string text, Func<Rune, string> write)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append(rune.IsAscii ? rune.ToString() : write(rune));
        }

        return result.ToString();
    }
}
