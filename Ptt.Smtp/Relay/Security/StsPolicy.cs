using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ptt.Smtp.Relay.Security;

public enum StsMode
{
    None,
    Testing,
    Enforce,
}

/// <summary>What a domain demands of whoever sends to it (RFC 8461 §3.2).</summary>
public sealed record StsPolicy(StsMode Mode, IReadOnlyList<string> Mx, TimeSpan MaxAge)
{
    /// <summary>The policy as it was fetched, for reports (RFC 8460 §4.4) and to be kept.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    public static bool TryParse(string text, [NotNullWhen(true)] out StsPolicy? policy)
    {
        policy = null;
        string? version = null, mode = null, maxAge = null;
        var mx = new List<string>();
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                continue;
            }

            string value = line[(colon + 1)..].Trim();
            switch (line[..colon].Trim())
            {
                case "version":
                    version ??= value;
                    break;
                case "mode":
                    mode ??= value;
                    break;
                case "max_age":
                    maxAge ??= value;
                    break;
                case "mx":
                    mx.Add(value.ToLowerInvariant());
                    break;
            }
        }

        StsMode? parsed = mode switch { "none" => StsMode.None, "testing" => StsMode.Testing, "enforce" => StsMode.Enforce, _ => null };
        if (version != "STSv1" || parsed is not { } known || (mx.Count == 0 && known != StsMode.None)
            || !uint.TryParse(maxAge, NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds) || seconds > 31_557_600)
        {
            return false;
        }

        policy = new StsPolicy(known, mx, TimeSpan.FromSeconds(seconds)) { Lines = [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] };
        return true;
    }

    /// <summary>§4.1: a wildcard stands for one label and no more.</summary>
    public bool Names(string host) => Mx.Any(pattern => string.Equals(pattern, host, StringComparison.OrdinalIgnoreCase)
        || (pattern.StartsWith("*.", StringComparison.Ordinal) && host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
            && string.Equals(pattern[1..], host[dot..], StringComparison.OrdinalIgnoreCase)));
}
