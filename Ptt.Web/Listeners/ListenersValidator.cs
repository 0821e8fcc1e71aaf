using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;

namespace Ptt.Web.Listeners;

/// <summary>Rules across the keys of a listener, each fault with its key.</summary>
internal sealed class ListenersValidator : IValidateOptions<ListenersOptions>, IValidateOptions<HttpEndPointOptions>
{
    public ValidateOptionsResult Validate(string? name, ListenersOptions options)
    {
        var faults = new List<string>();
        var seen = new Dictionary<IPEndPoint, string>();
        for (int i = 0; i < options.Listeners.Count; i++)
        {
            ListenerOptions listener = options.Listeners[i];
            string key = $"Ptt:Listeners:{i}";
            if (listener.Address is not { } address)
            {
                faults.Add($"{key}:EndPoint: '{listener.EndPoint}' is not an address with a port, such as 0.0.0.0:465 or [::]:465");
                continue;
            }

            if (address.Port != 0 && !seen.TryAdd(address, key))
            {
                faults.Add($"{key}:EndPoint: {address} stands in {seen[address]} already");
            }

            if (!options.Plays(listener.Role))
            {
                faults.Add($"{key}:Role: this process does not play {listener.Role} (Ptt:Roles)");
            }

            if (listener.Tls == ListenerTls.None && !IPAddress.IsLoopback(address.Address))
            {
                faults.Add($"{key}:Tls: None is for loopback only, and {address.Address} is not: use Implicit or StartTls");
            }

            if (listener.ProxyProtocol && listener.TrustedProxies.Count == 0)
            {
                faults.Add($"{key}:TrustedProxies: name the proxies that may say where a client is");
            }

            for (int t = 0; t < listener.TrustedProxies.Count; t++)
            {
                if (!ListenerOptions.TryNetwork(listener.TrustedProxies[t], out _))
                {
                    faults.Add($"{key}:TrustedProxies:{t}: '{listener.TrustedProxies[t]}' is neither an address nor a network");
                }
            }

            if (listener is { Tls: ListenerTls.None, Role: Role.Submission })
            {
                faults.Add($"{key}:Tls: users log in on a submission listener, and passwords need TLS: use Implicit or StartTls");
            }
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    public ValidateOptionsResult Validate(string? name, HttpEndPointOptions options) =>
        options.Address is not null ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Ptt:Http:EndPoint: '{options.EndPoint}' is not an address with a port, such as 127.0.0.1:8080");
}
