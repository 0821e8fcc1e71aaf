using System.Diagnostics.CodeAnalysis;

namespace Ptt.Smtp.Relay;

/// <summary>Names one message in the queue, the trace and the 250 reply; sorts by age.</summary>
public readonly record struct SpoolId(Guid Value)
{
    public static SpoolId Next(TimeProvider time) => new(Guid.CreateVersion7(time.GetUtcNow()));

    public static bool TryParse([NotNullWhen(true)] string? text, out SpoolId id)
    {
        bool good = Guid.TryParseExact(text, "N", out Guid value);
        id = new SpoolId(value);
        return good;
    }

    public override string ToString() => Value.ToString("N");
}
