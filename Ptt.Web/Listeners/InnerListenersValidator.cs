using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;
using Ptt.Web.Links;

namespace Ptt.Web.Listeners;

/// <summary>The signer and the relay have no logins: from other machines only ours may come, and they say so by certificate.</summary>
internal sealed class InnerListenersValidator(IOptions<PttOptions> ptt, IOptions<LinksOptions> links) : IValidateOptions<ListenersOptions>
{
    public ValidateOptionsResult Validate(string? name, ListenersOptions options)
    {
        if (links.Value.IsConfigured(ptt.Value.DataDirectory))
        {
            return ValidateOptionsResult.Success;
        }

        IReadOnlyList<ListenerOptions> all = options.Effective();
        string[] faults =
        [
            .. all.Index()
                .Where(l => l.Item.Role != Role.Submission && l.Item.Address is { } address && !IPAddress.IsLoopback(address.Address))
                .Select(l => $"Ptt:Listeners:{l.Index}:EndPoint: other machines can reach {l.Item.EndPoint}, and only ours may hand mail to the {l.Item.Role}: make certificates " +
                    "with 'ptt authority create' and 'ptt authority issue' (docs/listeners.md), or listen on loopback"),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
