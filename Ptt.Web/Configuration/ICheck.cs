namespace Ptt.Web.Configuration;

/// <summary>
/// One question that <c>ptt check</c> asks of the world around the configuration: is the port free, does the resolver answer, does the
/// primary take our TSIG key. Rooms register theirs. May take seconds, opens nothing that stays open, changes nothing.
/// </summary>
public interface ICheck
{
    /// <summary>What is looked at, such as <c>DNS resolver 127.0.0.1:53</c>.</summary>
    IAsyncEnumerable<CheckResult> RunAsync(CancellationToken cancellationToken);
}

public enum CheckVerdict
{
    Good,
    Warning,
    Bad,
}

/// <summary><paramref name="Advice"/> is what to do, when the verdict is not good.</summary>
public sealed record CheckResult(CheckVerdict Verdict, string Subject, string Text, string? Advice = null);
