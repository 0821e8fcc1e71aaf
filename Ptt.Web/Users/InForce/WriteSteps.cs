namespace Ptt.Web.Users.InForce;

/// <summary>Where a write has got to: <c>denied</c>, <c>commit</c>, <c>pushing</c>, <c>pushed</c>, <c>refs</c>, <c>cache</c>, <c>allowed</c>. For tests, which die there.</summary>
internal sealed class WriteSteps
{
    public Action<string>? Reached { get; set; }

    public void Reach(string step) => Reached?.Invoke(step);
}
