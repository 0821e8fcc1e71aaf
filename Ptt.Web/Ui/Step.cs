namespace Ptt.Web.Ui;

/// <summary>One station of a way that takes time.</summary>
public sealed record Step(string Name, StepState State, string? Detail = null, DateTimeOffset? At = null)
{
    /// <summary><see cref="Detail"/> holds what somebody else said.</summary>
    public bool IsVerbatim { get; init; }
}

public enum StepState
{
    ToCome,
    Current,
    Done,
    Failed,
}
