using System.Net;
using Microsoft.Extensions.Options;

namespace Ptt.Smtp.Relay;

/// <summary>What data annotations cannot say of <see cref="RelayOptions"/>.</summary>
public sealed class RelayOptionsRules : IValidateOptions<RelayOptions>
{
    public ValidateOptionsResult Validate(string? name, RelayOptions options)
    {
        List<string> faults =
        [
            .. options.Routes.Where(r => !Route.TryParse(r.Value, out _))
                .Select(r => $"{RelayOptions.Section}:Routes:{r.Key}: must be host:port"),
            .. options.AllowedNetworks.Where(n => !IPNetwork.TryParse(n, out _))
                .Select(n => $"{RelayOptions.Section}:AllowedNetworks: '{n}' must be a network such as 10.1.0.0/16"),
            .. options.RetrySchedule.Any(w => w <= TimeSpan.Zero)
                ? [$"{RelayOptions.Section}:RetrySchedule: every wait must be longer than zero"]
                : Array.Empty<string>(),
            .. options.GiveUpAfter <= TimeSpan.Zero ? [$"{RelayOptions.Section}:GiveUpAfter: must be longer than zero"] : Array.Empty<string>(),
            .. options.KeepIdle <= TimeSpan.Zero ? [$"{RelayOptions.Section}:KeepIdle: must be longer than zero"] : Array.Empty<string>(),
        ];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
