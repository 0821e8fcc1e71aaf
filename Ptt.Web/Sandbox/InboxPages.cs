using Microsoft.AspNetCore.Mvc;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Sandbox;

/// <summary>The inbox as a table: what the page and its file have in common, and the page's verbs.</summary>
internal static class InboxPages
{
    public static void MapInboxPages(this WebApplication app)
    {
        app.MapPost("/sandbox/clear", ([FromForm] string? typed, SandboxInbox inbox, Flash flash, ITexts texts) =>
        {
            if (typed != "all")
            {
                flash.Bad(texts["What had to be typed was not; nothing was done."]);
                return "/sandbox";
            }

            inbox.Clear();
            flash.Good(texts["The inbox is empty."]);
            return "/sandbox";
        }).AsVerb(Scopes.SystemWrite);
        app.MapGet("/sandbox.csv", (HttpRequest request, SandboxInbox inbox) => CsvFile.Of(
                "sandbox", ["id", "received_at", "mail_from", "rcpt_to", "subject", "size", "dkim"],
                Select(inbox, TableQuery.Of(request)).Select(m => (IReadOnlyList<string?>)
                    [m.Id, CsvFile.Instant(m.ReceivedAt), m.MailFrom, string.Join(' ', m.RcptTo), m.Subject, CsvFile.Number(m.Size), string.Join(' ', m.Signatures.Select(s => $"{s.Domain}/{s.Selector}={s.Result}"))]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.MessagesRead).ExcludeFromDescription();
    }

    public static IEnumerable<SandboxMessage> Select(SandboxInbox inbox, TableQuery query)
    {
        IEnumerable<SandboxMessage> found = inbox.Messages;
        if (query.Search is { Length: > 0 } text)
        {
            found = found.Where(m => new[] { m.MailFrom, m.Subject, m.From }.Concat(m.RcptTo).Any(t => t.Contains(text, StringComparison.OrdinalIgnoreCase)));
        }

        found = query["signed"] switch
        {
            "pass" => found.Where(m => m.Signatures.Count > 0 && m.Signatures.All(s => s.Result == "pass")),
            "fail" => found.Where(m => m.Signatures.Count == 0 || m.Signatures.Any(s => s.Result != "pass")),
            _      => found,
        };
        return query.Sort switch
        {
            "subject" => query.Order(found, m => m.Subject, StringComparer.OrdinalIgnoreCase),
            "from"    => query.Order(found, m => m.MailFrom, StringComparer.OrdinalIgnoreCase),
            "size"    => query.Order(found, m => m.Size),
            "at"      => query.Order(found, m => m.ReceivedAt),
            _         => found,
        };
    }
}
