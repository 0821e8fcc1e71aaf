using Microsoft.Extensions.Options;

namespace Ptt.Web.Shell.Sessions;

internal sealed class OpenIdOptionsValidator : IValidateOptions<OpenIdOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenIdOptions options)
    {
        if (!options.IsOn)
        {
            return ValidateOptionsResult.Success;
        }

        var faults = new List<string>();
        if (!Uri.TryCreate(options.Authority, UriKind.Absolute, out Uri? authority) || !(authority.Scheme == "https" || (authority.Scheme == "http" && authority.IsLoopback)))
        {
            faults.Add($"{OpenIdOptions.Section}:{nameof(options.Authority)} must be an https address.");
        }

        if (options.ClientId.Length == 0)
        {
            faults.Add($"{OpenIdOptions.Section}:{nameof(options.ClientId)} is needed where there is an Authority.");
        }

        if (options.AddressClaim.Length == 0)
        {
            faults.Add($"{OpenIdOptions.Section}:{nameof(options.AddressClaim)} must name a claim.");
        }

        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
