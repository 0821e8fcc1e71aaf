namespace Ptt.Web.Acme;

/// <summary>What was asked for, or why it was not given.</summary>
internal readonly record struct AcmeResult<T>(T? Value, AcmeFailure? Failure) where T : class
{
    public static implicit operator AcmeResult<T>(T value) => new(value, null);

    public static implicit operator AcmeResult<T>(AcmeFailure failure) => new(null, failure);
}

/// <summary>For the administrator. <paramref name="Type"/> is the last part of RFC 8555 §6.7's name, such as <c>rateLimited</c>; <paramref name="RetryAfter"/> what the authority asks for.</summary>
internal sealed record AcmeFailure(string Text, string? Type = null, TimeSpan? RetryAfter = null)
{
    private const string Prefix = "urn:ietf:params:acme:error:";

    public static AcmeFailure Of(AcmeProblem? problem, string where, TimeSpan? retryAfter = null)
    {
        string? type = problem?.Type is { } urn && urn.StartsWith(Prefix, StringComparison.Ordinal) ? urn[Prefix.Length..] : problem?.Type;
        string details = string.Join("; ", new[] { problem?.Detail }.Concat(problem?.Subproblems?.Select(s => s.Detail) ?? []).Where(d => !string.IsNullOrEmpty(d)));
        return new AcmeFailure($"{where}: {type ?? "refused"}{(details.Length > 0 ? $" ({details})" : "")}", type, retryAfter);
    }
}
