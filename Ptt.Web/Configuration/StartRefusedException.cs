namespace Ptt.Web.Configuration;

/// <summary>A room has looked around and will not start: in words, with what to do. Starting again without a change would end the same.</summary>
public abstract class StartRefusedException(string what, string detail, string advice) : Exception(detail)
{
    public string What { get; } = what;

    public string Advice { get; } = advice;
}
