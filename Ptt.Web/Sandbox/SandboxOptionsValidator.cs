using System.Net;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Sandbox;

/// <summary>The sandbox stays in development and on this machine.</summary>
internal sealed class SandboxOptionsValidator(IHostEnvironment environment) : IValidateOptions<SandboxOptions>
{
    public ValidateOptionsResult Validate(string? name, SandboxOptions options)
    {
        string[] faults =
        [
            .. options.Enabled && !environment.IsDevelopment()
                ? ["Ptt:Sandbox:Enabled: the sandbox is for development only; remove the key, or start with ASPNETCORE_ENVIRONMENT=Development"] : (string[])[],
            .. Loopback("DnsEndPoint", options.DnsEndPoint), .. Loopback("MxEndPoint", options.MxEndPoint),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Loopback(string key, string text)
    {
        if (!IPEndPoint.TryParse(text, out IPEndPoint? endPoint) || endPoint.Port == 0 || !IPAddress.IsLoopback(endPoint.Address))
        {
            yield return $"Ptt:Sandbox:{key}: '{text}' is not a loopback address with a port, such as 127.0.0.1:4053";
        }
    }
}
