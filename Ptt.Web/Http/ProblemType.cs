namespace Ptt.Web.Http;

/// <summary>
/// A kind of error that a client may act on (RFC 9457 §3.1.1). Its <c>type</c> is <c>/problems/NAME</c>, which never changes and
/// answers with this explanation.
/// </summary>
public sealed record ProblemType(string Name, int Status, string Title, string Explanation)
{
    public string Uri => "/problems/" + Name;

    public static readonly ProblemType Invalid = new("invalid", 422, "The request is not valid",
        "Every fault is listed in errors, each with a JSON Pointer (RFC 6901) to the member or the query parameter that is wrong.");

    public static readonly ProblemType Malformed = new("malformed", 400, "The request cannot be read", "The body is not JSON, or not the JSON that this path takes.");

    public static readonly ProblemType Unauthorized = new("unauthorized", 401, "Authentication is needed", "Send Authorization: Bearer with a token that has not expired.");

    public static readonly ProblemType Forbidden = new("forbidden", 403, "Not allowed", "The token or the person lacks the scope, or is bound to other domains.");

    public static readonly ProblemType NotFound = new("not-found", 404, "There is no such thing", "Nothing has this name, or it is outside of the domains that the token is bound to.");

    public static readonly ProblemType MethodNotAllowed = new("method-not-allowed", 405, "Method not allowed", "See the Allow field.");

    public static readonly ProblemType Conflict = new("conflict", 409, "It conflicts with what is there", "What is there now must be changed first.");

    public static readonly ProblemType Stale = new("stale", 412, "Someone else changed it", "The If-Match field names an older state. Read it again and decide; where known, both sides are in the body.");

    public static readonly ProblemType TooLarge = new("too-large", 413, "The request is too large", "Send less at once.");

    public static readonly ProblemType UnsupportedMediaType = new("media-type", 415, "Media type not supported", "The Content-Type is not one that this path takes.");

    public static readonly ProblemType KeyReused = new("idempotency-key-reused", 422, "The Idempotency-Key was used for another request",
        "A key stands for one request, with one body, for 24 hours.");

    public static readonly ProblemType KeyInUse = new("idempotency-key-in-use", 409, "The first request with this Idempotency-Key is still running", "Try again shortly.");

    public static readonly ProblemType PreconditionRequired = new("precondition-required", 428, "If-Match is needed",
        "Send If-Match with the ETag that you read (or * to change whatever is there), so that nobody's change is overwritten unseen (RFC 6585 §3).");

    public static readonly ProblemType RateLimited = new("rate-limited", 429, "Too many requests", "Wait as long as Retry-After says.");

    public static readonly ProblemType Internal = new("internal", 500, "We failed", "The log has more under the traceId.");

    public static readonly ProblemType Unavailable = new("unavailable", 503, "Not possible now", "Something that we depend on does not answer. Try again later.");

    public static readonly IReadOnlyList<ProblemType> All =
    [
        Invalid, Malformed, Unauthorized, Forbidden, NotFound, MethodNotAllowed, Conflict, Stale, TooLarge, UnsupportedMediaType, KeyReused, KeyInUse,
        PreconditionRequired, RateLimited, Internal, Unavailable,
    ];

    /// <summary>The one to use where only the status is known.</summary>
    public static ProblemType? Of(int status) => status == 422 ? Invalid : All.FirstOrDefault(t => t.Status == status);
}
