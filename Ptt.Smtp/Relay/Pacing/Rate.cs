using System.Globalization;

namespace Ptt.Smtp.Relay.Pacing;

/// <summary>So many messages in a window: <c>100/00:01:00</c>, or with a unit, <c>100/min</c>, <c>1000/h</c>, <c>5000/d</c>.</summary>
public readonly record struct Rate(int Messages, TimeSpan Window)
{
    public static bool TryParse(string? text, out Rate rate)
    {
        rate = default;
        if (text?.Split('/') is not [{ } count, { } window] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int messages) || messages == 0)
        {
            return false;
        }

        TimeSpan? span = window switch
        {
            "s" => TimeSpan.FromSeconds(1),
            "min" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            "d" => TimeSpan.FromDays(1),
            _ => TimeSpan.TryParse(window, CultureInfo.InvariantCulture, out TimeSpan parsed) && parsed > TimeSpan.Zero ? parsed : null,
        };
        rate = new Rate(messages, span ?? default);
        return span is not null;
    }
}
