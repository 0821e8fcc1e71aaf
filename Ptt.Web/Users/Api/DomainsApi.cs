using Microsoft.AspNetCore.Http.HttpResults;
using Ptt.Dns;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Api;

/// <summary><c>/api/v1/domains</c>: which are ours. What DNS should say of them is in <c>Domains/</c>, their keys in <c>Keys/</c>.</summary>
internal static class DomainsApi
{
    public static void MapDomainsApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder read = app.MapApi("/domains").RequireAuthorization(Scopes.DomainsRead).AllowDomainBound();
        read.MapGet("", List).WithSummary("Our domains");
        read.MapGet("/{domain}", Get).WithSummary("One domain of ours");

        // Which domains are ours is not for someone who is bound to some of them.
        RouteGroupBuilder write = app.MapApi("/domains").RequireAuthorization(Scopes.DomainsWrite);
        write.AddEndpointFilter(UserAccess.AnswerGitFaultsAsync);
        write.MapPost("", CreateAsync).Accepts<DomainBody>("application/json").WithSummary("Take on a domain");
        write.MapPut("/{domain}", ReplaceAsync).Accepts<DomainBody>("application/json").WithSummary("Change a domain; needs If-Match");
        write.MapDelete("/{domain}", DeleteAsync).WithSummary("Give up a domain that has no users");
    }

    private static Ok<Page<DomainView>> List(HttpContext http, DomainService domains) => TypedResults.Ok(new Page<DomainView>(
        [.. domains.All.Where(d => http.User.MayActOn(d.Domain.Domain)).Select(d => DomainView.Of(d, domains.CountUsers(d.Domain.Domain)))], null));

    private static Results<Ok<DomainView>, ProblemHttpResult> Get(string domain, HttpContext http, DomainService domains) =>
        DomainName.TryParse(domain, out DomainName name) && http.User.MayActOn(name) && domains.Find(name) is { } stored
            ? TypedResults.Ok(View(http, domains, stored)) : Problems.NotFound();

    private static async Task<Results<Created<DomainView>, ProblemHttpResult>> CreateAsync(HttpContext http, DomainService domains, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        if (await UserAccess.BodyAsync(http.Request, faults, cancellationToken) is not { } body)
        {
            return Problems.Malformed(faults[0].Detail);
        }

        if (UserReader.ReadDomain(body, fromFile: false, faults) is not { } domain)
        {
            return Problems.Invalid(faults);
        }

        Change<StoredDomain> change = await domains.CreateAsync(domain, http.User.ActorName(), cancellationToken);
        return change is Change<StoredDomain>.Done done
            ? TypedResults.Created($"/api/v1/domains/{done.Value.Domain.Domain}", View(http, domains, done.Value)) : change.ToProblem();
    }

    private static async Task<Results<Ok<DomainView>, ProblemHttpResult>> ReplaceAsync(string domain, HttpContext http, DomainService domains, CancellationToken cancellationToken)
    {
        List<Fault> faults = [];
        if (EntityTags.IfMatch(http.Request) is not { } when)
        {
            return Problems.PreconditionRequired();
        }

        if (await UserAccess.BodyAsync(http.Request, faults, cancellationToken) is not { } body)
        {
            return Problems.Malformed(faults[0].Detail);
        }

        if (UserReader.ReadDomain(body, fromFile: false, faults) is not { } wanted)
        {
            return Problems.Invalid(faults);
        }

        if (!DomainName.TryParse(domain, out DomainName name) || wanted.Domain != name)
        {
            return Problems.Invalid(new Fault("/domain", "is not the domain of the path"));
        }

        Change<StoredDomain> change = await domains.ReplaceAsync(wanted, when, http.User.ActorName(), cancellationToken);
        return change is Change<StoredDomain>.Done done ? TypedResults.Ok(View(http, domains, done.Value)) : change.ToProblem();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string domain, HttpContext http, DomainService domains, CancellationToken cancellationToken)
    {
        if (!DomainName.TryParse(domain, out DomainName name))
        {
            return Problems.NotFound();
        }

        Change<StoredDomain> change = await domains.DeleteAsync(name, EntityTags.IfMatch(http.Request) ?? Precondition.Any, http.User.ActorName(), cancellationToken);
        return change switch
        {
            Change<StoredDomain>.Done => TypedResults.NoContent(),
            Change<StoredDomain>.Invalid invalid => Problems.Conflict(invalid.Faults[0].Detail),
            _ => change.ToProblem(),
        };
    }

    private static DomainView View(HttpContext http, DomainService domains, StoredDomain stored)
    {
        EntityTags.Set(http.Response, stored.Version);
        return DomainView.Of(stored, domains.CountUsers(stored.Domain.Domain));
    }
}
