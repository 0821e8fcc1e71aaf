using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;
using Ptt.Smtp.Relay;
using Ptt.Web.Access;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Ui;

namespace Ptt.Web.Queue;

/// <summary>The queue and the trace as tables, and what the buttons of their pages do.</summary>
internal static class QueuePages
{
    private const int MostRows = 100_000;

    public static void MapQueuePages(this WebApplication app)
    {
        foreach (QueueVerb verb in Enum.GetValues<QueueVerb>())
        {
            app.MapPost("/queue/verb/" + verb.ToString().ToLowerInvariant(),
                (HttpContext http, [FromForm] string id, [FromForm] string? text, [FromForm] string? typed, QueueService queue, Flash flash, ITexts texts) =>
                    OrderAsync(verb, http, id, text, typed, queue, flash, texts)).AsVerb(ScopeOf(verb));
        }

        app.MapPost("/queue/bulk", BulkAsync).AsVerb(Scopes.QueueRetry);
        app.MapPost("/queue/destinations/pause", PauseAsync).AsVerb(Scopes.QueueWrite);
        app.MapPost("/queue/destinations/resume", ResumeAsync).AsVerb(Scopes.QueueWrite);
        app.MapGet("/queue.csv", (HttpContext http, QueueService queue, CancellationToken cancellationToken) => CsvFile.Of(
                "queue", ["id", "accepted_at", "sender", "login", "recipients", "destinations", "subject", "size", "state", "attempts", "next_try", "last_reply"],
                QueueRowsAsync(queue, FilterOf(TableQuery.Of(http.Request)), cancellationToken)))
            .RequireAuthorization(Scopes.QueueRead).ExcludeFromDescription();
        app.MapGet("/queue/destinations.csv", (HttpContext http, Destinations destinations) => CsvFile.Of(
                "destinations", ["destination", "queued", "active", "deferred", "held", "next_try", "oldest", "paused", "last_reply"],
                Select(destinations, TableQuery.Of(http.Request)).Select(d => (IReadOnlyList<string?>)
                    [d.Destination, CsvFile.Number(d.Queued), CsvFile.Number(d.Active), CsvFile.Number(d.Deferred), CsvFile.Number(d.Held),
                        CsvFile.Instant(d.NextTry), CsvFile.Instant(d.OldestAcceptedAt), d.Paused?.Reason, d.LastReply]).ToAsyncEnumerable()))
            .RequireAuthorization(Scopes.QueueRead).ExcludeFromDescription();
        app.MapGet("/messages.csv", (HttpContext http, TraceService trace, CancellationToken cancellationToken) => CsvFile.Of(
                "messages", ["id", "accepted_at", "sender", "login", "subject", "message_id", "size", "client", "recipient", "state", "at", "reply"],
                TraceRowsAsync(trace, TraceOf(TableQuery.Of(http.Request)), cancellationToken)))
            .RequireAuthorization(Scopes.MessagesRead).ExcludeFromDescription();
    }

    /// <summary>What can be taken back by nobody needs more than what only hurries.</summary>
    public static string ScopeOf(QueueVerb verb) => verb is QueueVerb.Retry or QueueVerb.Release ? Scopes.QueueRetry : Scopes.QueueWrite;

    public static QueueFilter FilterOf(TableQuery query) => FilterOf(name => query[name]);

    public static TraceFilter TraceOf(TableQuery query) => new()
    {
        Text = Some(query.Search), Address = Some(query["address"]), MessageId = Some(query["message-id"]), State = Some(query["state"]),
        Since = Day(query["since"]), Until = Day(query["until"])?.AddTicks(TimeSpan.TicksPerDay - 1), OldestFirst = IsOldestFirst(query),
    };

    /// <summary>Null for the newest first, which needs no saying.</summary>
    public static bool? IsOldestFirst(TableQuery query) => query["sort"] == "accepted" ? true : null;

    public static IEnumerable<DestinationView> Select(Destinations destinations, TableQuery query)
    {
        IEnumerable<DestinationView> found = destinations.List().Where(d => query.Search.Length == 0 || d.Destination.Contains(query.Search, StringComparison.OrdinalIgnoreCase));
        return query.Sort switch
        {
            "destination" => query.Order(found, d => d.Destination, StringComparer.Ordinal),
            "queued"      => query.Order(found, d => d.Queued),
            "deferred"    => query.Order(found, d => d.Deferred),
            "held"        => query.Order(found, d => d.Held),
            "next"        => query.Order(found, d => d.NextTry ?? DateTimeOffset.MaxValue),
            "oldest"      => query.Order(found, d => d.OldestAcceptedAt ?? DateTimeOffset.MaxValue),
            _             => found,
        };
    }

    private static QueueFilter FilterOf(Func<string, string> value) => new()
    {
        Text = Some(value("q")), Sender = Some(value("sender")), Recipient = Some(value("recipient")), Destination = Some(value("destination")), Reply = Some(value("reply")),
        OldestFirst = value("sort") == "accepted" ? true : null,
        State = Enum.TryParse(value("state"), ignoreCase: true, out QueueState state) && Enum.IsDefined(state) ? state.ToString() : null,
    };

    private static async Task<string> OrderAsync(
        QueueVerb verb, HttpContext http, string id, string? text, string? typed, QueueService queue, Flash flash, ITexts texts)
    {
        if (!SpoolId.TryParse(id, out SpoolId spoolId))
        {
            return "/queue";
        }

        if (verb == QueueVerb.Reroute && !NextHop.IsValid(text))
        {
            flash.Bad(texts["'{0}' is not host:port.", text ?? ""]);
        }
        else if (verb is QueueVerb.Drop or QueueVerb.Bounce && typed != id[^6..])
        {
            flash.Bad(texts["What had to be typed was not; nothing was done."]);
        }
        else
        {
            int changed = await queue.OrderAsync([spoolId], new QueueOrder(verb, http.User.ActorName(), Some(text ?? "")), http.RequestAborted);
            if (changed == 0)
            {
                flash.Bad(texts["The message had left the queue, or there was nothing to change."]);
            }
            else
            {
                flash.Good(verb switch
                {
                    QueueVerb.Retry   => texts["It is tried now."],
                    QueueVerb.Hold    => texts["It is held until it is released."],
                    QueueVerb.Release => texts["It is released and tried now."],
                    QueueVerb.Bounce  => texts["It goes back to its sender with a report."],
                    QueueVerb.Drop    => texts["It is dropped. Nobody is told."],
                    _                 => texts["It goes to {0} now.", text ?? ""],
                });
            }
        }

        return "/messages/" + spoolId;
    }

    private static async Task<string> BulkAsync(HttpContext http, QueueService queue, Flash flash, ITexts texts)
    {
        IFormCollection form = http.Request.Form;
        string Value(string name) => form.TryGetValue(name, out StringValues value) ? value.ToString() : "";
        if (!Enum.TryParse(Value("verb"), ignoreCase: true, out QueueVerb verb) || !Enum.IsDefined(verb) || verb == QueueVerb.Reroute)
        {
            flash.Bad(texts["Choose what shall be done."]);
            return "/queue";
        }

        if (!http.User.Has(ScopeOf(verb)))
        {
            flash.Bad(texts["Your roles do not reach this page. An administrator can change them."]);
            return "/queue";
        }

        if (Value("typed") != "all")
        {
            flash.Bad(texts["What had to be typed was not; nothing was done."]);
            return "/queue";
        }

        QueueJob job = await queue.OrderAllAsync(FilterOf(Value), new QueueOrder(verb, http.User.ActorName(), Some(Value("text"))), http.RequestAborted);
        return "/queue/jobs/" + job.Id;
    }

    private static async Task<string> PauseAsync(HttpContext http, [FromForm] string destination, [FromForm] string? text, Destinations destinations, Flash flash, ITexts texts)
    {
        await destinations.PauseAsync(destination, text is { Length: > 0 } ? text : "paused by an administrator", http.User.ActorName(), http.RequestAborted);
        flash.Good(texts["Nothing more goes to {0} until you resume it.", destination]);
        return FormVerbs.Back;
    }

    private static async Task<string> ResumeAsync(HttpContext http, [FromForm] string destination, Destinations destinations, Flash flash, ITexts texts)
    {
        if (await destinations.ResumeAsync(destination, http.User.ActorName(), http.RequestAborted))
        {
            flash.Good(texts["Mail to {0} flows again.", destination]);
        }

        return FormVerbs.Back;
    }

    private static async IAsyncEnumerable<IReadOnlyList<string?>> QueueRowsAsync(QueueService queue, QueueFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        int rows = 0;
        do
        {
            QueuePage page = queue.List(filter, cursor, 500);
            foreach (QueuedMessage m in page.Items)
            {
                rows++;
                yield return
                [
                    m.Id, CsvFile.Instant(m.AcceptedAt), m.Sender, m.Login, string.Join(' ', m.Recipients), string.Join(' ', m.Destinations), m.Subject,
                    CsvFile.Number(m.Size), m.State.ToString().ToLowerInvariant(), CsvFile.Number(m.Attempts), CsvFile.Instant(m.NextTry), m.LastReply,
                ];
            }

            cursor = page.Next;
            await Task.Yield();
        }
        while (cursor is not null && rows < MostRows && !cancellationToken.IsCancellationRequested);
    }

    private static async IAsyncEnumerable<IReadOnlyList<string?>> TraceRowsAsync(TraceService trace, TraceFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SpoolId? before = null;
        int rows = 0;
        do
        {
            TracePage page = await trace.SearchAsync(filter, before, 500, cancellationToken);
            foreach (TracedMessage m in page.Items)
            {
                foreach (TracedRecipient r in m.Recipients)
                {
                    rows++;
                    yield return
                    [
                        m.Id, CsvFile.Instant(m.AcceptedAt), m.Sender, m.Login, m.Subject, m.MessageId, CsvFile.Number(m.Size), m.Client,
                        r.Address, r.State, CsvFile.Instant(r.At), r.Reply,
                    ];
                }
            }

            before = SpoolId.TryParse(page.Next, out SpoolId next) ? next : null;
        }
        while (before is not null && rows < MostRows);
    }

    private static string? Some(string text) => text.Trim() is { Length: > 0 } some ? some : null;

    private static DateTimeOffset? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero) : null;
}
