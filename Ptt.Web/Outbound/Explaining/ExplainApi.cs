using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Mail;
using Ptt.Web.Access;
using Ptt.Web.Http;

namespace Ptt.Web.Outbound.Explaining;

/// <summary><c>/api/v1/explain</c>.</summary>
internal static class ExplainApi
{
    public static void MapExplainApi(this IEndpointRouteBuilder app) =>
        app.MapApi("/explain").RequireAuthorization(Scopes.QueueRead)
            .MapGet("", ExplainAsync).WithSummary("What would become of a message to an address now: route, hosts, TLS, limits, and what waits already");

    private static async Task<Results<Ok<ExplainView>, ProblemHttpResult>> ExplainAsync(
        [Description("The recipient")] string address, ExplainService service, CancellationToken cancellationToken,
        [Description("The sender, where our source address depends on it")] string? sender = null)
    {
        if (!Mailbox.TryParse(address, out Mailbox? recipient))
        {
            return Problems.Invalid(new Fault("/address", "is not a mail address"));
        }

        Mailbox? from = null;
        return sender is not null && !Mailbox.TryParse(sender, out from)
            ? Problems.Invalid(new Fault("/sender", "is not a mail address"))
            : TypedResults.Ok(await service.ExplainAsync(recipient, from, cancellationToken));
    }
}
