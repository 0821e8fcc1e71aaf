using Microsoft.AspNetCore.Http.HttpResults;

namespace Ptt.Web.Http;

/// <summary>The answers that say no, as RFC 9457 problem details. The detail is for a person and tells nothing about our insides.</summary>
public static class Problems
{
    public static ProblemHttpResult Of(ProblemType type, string? detail = null, IDictionary<string, object?>? extensions = null) =>
        TypedResults.Problem(detail, statusCode: type.Status, title: type.Title, type: type.Uri, extensions: extensions);

    /// <summary>422 with every fault by its pointer.</summary>
    public static ProblemHttpResult Invalid(params IReadOnlyList<Fault> faults) =>
        Of(ProblemType.Invalid, faults is [{ } only] ? only.Detail : $"{faults.Count} things are wrong.",
            new Dictionary<string, object?> { ["errors"] = faults.Select(f => new { pointer = "#" + f.Pointer, detail = f.Detail }).ToArray() });

    public static ProblemHttpResult Malformed(string detail) => Of(ProblemType.Malformed, detail);

    public static ProblemHttpResult NotFound(string? detail = null) => Of(ProblemType.NotFound, detail);

    public static ProblemHttpResult Forbidden(string? detail = null) => Of(ProblemType.Forbidden, detail);

    public static ProblemHttpResult Conflict(string? detail = null) => Of(ProblemType.Conflict, detail);

    public static ProblemHttpResult PreconditionRequired() => Of(ProblemType.PreconditionRequired);

    /// <summary>412; <paramref name="yours"/> and <paramref name="theirs"/> are the two sides where both are known.</summary>
    public static ProblemHttpResult Stale(string? detail = null, object? yours = null, object? theirs = null) =>
        Of(ProblemType.Stale, detail, yours is null && theirs is null ? null : new Dictionary<string, object?> { ["yours"] = yours, ["theirs"] = theirs });

    public static ProblemHttpResult Unavailable(string? detail = null) => Of(ProblemType.Unavailable, detail);
}
