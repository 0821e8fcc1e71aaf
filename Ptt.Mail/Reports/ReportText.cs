using System.Globalization;
using System.Text;

namespace Ptt.Mail.Reports;

/// <summary>The part of a report that people read: who did not get it, what that means, what they can do, what was said.</summary>
internal static class ReportText
{
    private const int Width = 72;

    public static string Subject(DeliveryReport report) => Worst(report) switch
    {
        ReportAction.Failed => "Undelivered mail returned to sender",
        ReportAction.Delayed => "Delayed mail (still being tried)",
        ReportAction.Relayed => "Mail was relayed",
        _ => "Mail was delivered",
    };

    public static string Write(DeliveryReport report)
    {
        var text = new StringBuilder();
        Paragraph(text, $"This is the mail system at {report.ReportingMta}.", 0);
        foreach (IGrouping<ReportAction, RecipientReport> group in report.Recipients.GroupBy(r => r.Action))
        {
            Paragraph(text, group.Key switch
            {
                ReportAction.Failed => "Your message could not be delivered to the recipients below. It will not be tried again.",
                ReportAction.Delayed => "Your message has not been delivered to the recipients below yet. You need not send it again: it is still being tried.",
                ReportAction.Relayed => "Your message was handed on to a server that does not report delivery. That is the last you will hear of it for:",
                _ => "Your message was delivered to the server of:",
            }, 0);

            foreach (RecipientReport recipient in group)
            {
                Line(text, "  " + recipient.Final);
                Paragraph(text, recipient.Advice, 4, blank: false);
                if (recipient.WillRetryUntil is { } until)
                {
                    Paragraph(text, string.Create(CultureInfo.InvariantCulture, $"It is tried until {until.UtcDateTime:yyyy-MM-dd HH:mm} UTC."), 4, blank: false);
                }

                if (recipient.Diagnostic is { } diagnostic)
                {
                    string said = recipient.RemoteMta is { } host ? $"{host} said: {diagnostic}" : diagnostic;
                    Paragraph(text, said.Replace('\n', ' '), 4, blank: false);
                }

                Line(text, "");
            }
        }

        if (report.QueueId is { } id)
        {
            Paragraph(text, $"If you ask someone about it, name this message {id}.", 0);
        }

        return text.ToString();
    }

    private static ReportAction Worst(DeliveryReport report) => report.Recipients.Min(r => r.Action);

    private static void Paragraph(StringBuilder text, string words, int indent, bool blank = true)
    {
        int column = 0;
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                text.Append("\r\n");
                column = 0;
            }

            text.Append(column == 0 ? new string(' ', indent) : " ").Append(Bounded(word));
            column += (column == 0 ? indent : 1) + word.Length;
        }

        text.Append("\r\n").Append(blank ? "\r\n" : "");
    }

    /// <summary>RFC 5322 §2.1.1: no line over 998 octets, even where a stranger sent no space.</summary>
    private static string Bounded(string word) => word.Length <= 240 ? word : word[..240] + "…";

    private static void Line(StringBuilder text, string line) => text.Append(line).Append("\r\n");
}
