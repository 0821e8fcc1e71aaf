using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Smtp.Relay.Pacing;

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
            .. options.Rates.Where(r => !Rate.TryParse(r.Value, out _))
                .Select(r => $"{RelayOptions.Section}:Rates:{r.Key}: must be messages/window, such as 100/min or 50/00:05:00"),
            .. options.ConnectionLimits.Where(l => l.Value < 1)
                .Select(l => $"{RelayOptions.Section}:ConnectionLimits:{l.Key}: must be at least 1"),
            .. options.TlsPolicies.Where(p => p.Value == Client.TlsDemand.Dane)
                .Select(p => $"{RelayOptions.Section}:TlsPolicies:{p.Key}: must be None, Opportunistic, Encrypted or Verified"),
            .. options.SmartHosts.Where(h => h.Value.UserName.Length > 0 && h.Value.Password.Length == 0)
                .Select(h => $"{RelayOptions.Section}:SmartHosts:{h.Key}:Password: must be set with UserName"),
            .. options.SmartHosts.Where(h => h.Value.UserName.Length > 0 && h.Value.Tls <= Client.TlsDemand.Opportunistic && !h.Value.ImplicitTls)
                .Select(h => $"{RelayOptions.Section}:SmartHosts:{h.Key}:Tls: must be Encrypted or Verified: a password goes over TLS only"),
            .. options.Sources.Where(s => !IPAddress.TryParse(s.Value.Address, out _))
                .Select(s => $"{RelayOptions.Section}:Sources:{s.Key}:Address: must be one of this machine's addresses"),
            .. options.Sources.Where(s => s.Value.HeloName.Length > 0 && !DomainName.TryParse(s.Value.HeloName, out _))
                .Select(s => $"{RelayOptions.Section}:Sources:{s.Key}:HeloName: must be a domain name"),
            .. options.WarmUp.Any(n => n < 1) ? [$"{RelayOptions.Section}:WarmUp: every day must allow a message"] : Array.Empty<string>(),
            .. options.GiveUpAfter <= TimeSpan.Zero ? [$"{RelayOptions.Section}:GiveUpAfter: must be longer than zero"] : Array.Empty<string>(),
            .. options.KeepIdle <= TimeSpan.Zero ? [$"{RelayOptions.Section}:KeepIdle: must be longer than zero"] : Array.Empty<string>(),
        ];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
