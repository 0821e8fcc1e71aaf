namespace Ptt.Web.Ui;

/// <summary>One station of a way that takes time.</summary>
public sealed record Step(string Name, StepState State, string? Detail = null, DateTimeOffset? At = null);

public enum StepState
{
    ToCome,
    Current,
    Done,
    Failed,
}
