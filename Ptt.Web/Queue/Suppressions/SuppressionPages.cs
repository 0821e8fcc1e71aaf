using Microsoft.AspNetCore.Mvc;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Ui;

namespace Ptt.Web.Queue.Suppressions;

/// <summary>The suppressed recipients as a table, and what the buttons of their page do.</summary>
internal static class SuppressionPages
{
    public static void MapSuppressionPages(this WebApplication app)
    {
        app.MapPost("/suppressions/add", AddAsync).AsVerb(Scopes.QueueWrite);
        app.MapPost("/suppressions/remove", RemoveAsync).AsVerb(Scopes.QueueWrite);
        app.MapGet("/suppressions.csv", (HttpRequest request, SuppressionList list) => CsvFile.Of(
                "suppressions", ["address", "origin", "reason", "added", "by", "expires"],
                Read(list, TableQuery.Of(request), int.MaxValue).Select(s => (IReadOnlyList<string?>)
                    [s.Address, s.Origin.ToString(), s.Reason, CsvFile.Instant(s.Added), s.By, CsvFile.Instant(s.Expires)]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.QueueRead).ExcludeFromDescription();
    }

    /// <summary>The order that needs no sorting, whose pages begin behind an address.</summary>
    public static bool IsByAddress(TableQuery query) => query.Sort is "" or "address" && !query.Descending;

    public static IReadOnlyList<Suppression> Read(SuppressionList list, TableQuery query, int limit)
    {
        SuppressionOrigin? origin = Enum.TryParse(query["origin"], out SuppressionOrigin parsed) ? parsed : null;
        if (IsByAddress(query))
        {
            return list.List(query.Search, origin, query.After.Length > 0 ? query.After : null, limit);
        }

        IEnumerable<Suppression> found = list.List(query.Search, origin, null, int.MaxValue);
        found = query.Sort switch
        {
            "added"   => query.Order(found, s => s.Added),
            "expires" => query.Order(found, s => s.Expires ?? DateTimeOffset.MaxValue),
            _         => found.Reverse(),
        };
        return [.. found.Skip(query.Offset).Take(limit)];
    }

    private static async Task<string> AddAsync(
        HttpContext http, [FromForm] string? address, [FromForm] string? reason, [FromForm] string? origin, SuppressionList list, Flash flash, ITexts texts)
    {
        if (!Mailbox.TryParse(address, out Mailbox? mailbox))
        {
            flash.Bad(texts["'{0}' is no mail address.", Visible.Text(address, 100)]);
        }
        else if (reason is { Length: > 200 } || reason?.Any(c => c is < ' ' or > '~') == true)
        {
            flash.Bad(texts["The reason goes into reports: at most 200 plain letters."]);
        }
        else
        {
            await list.AddAsync(
                mailbox, origin == nameof(SuppressionOrigin.Complaint) ? SuppressionOrigin.Complaint : SuppressionOrigin.Manual,
                string.IsNullOrWhiteSpace(reason) ? "suppressed by an administrator" : reason.Trim(), null, http.User.ActorName(), http.RequestAborted);
            flash.Good(texts["Nothing more is sent to {0}.", mailbox]);
        }

        return "/suppressions";
    }

    private static async Task<string> RemoveAsync(HttpContext http, [FromForm] string address, SuppressionList list, Flash flash, ITexts texts)
    {
        if (Mailbox.TryParse(address, out Mailbox? mailbox) && await list.RemoveAsync(mailbox, http.User.ActorName(), http.RequestAborted))
        {
            flash.Good(texts["Mail to {0} is tried again.", mailbox]);
        }
        else
        {
            flash.Bad(texts["That address was not suppressed any more."]);
        }

        return "/suppressions";
    }
}
