using System.Buffers.Text;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Mail;

namespace Ptt.Web.Acme;

internal sealed class AcmeOptionsValidator : IValidateOptions<AcmeOptions>
{
    public ValidateOptionsResult Validate(string? name, AcmeOptions options)
    {
        if (!options.IsConfigured)
        {
            return ValidateOptionsResult.Success;
        }

        List<string> faults = [];
        if (!Uri.TryCreate(options.Directory, UriKind.Absolute, out Uri? directory) || directory.Scheme != Uri.UriSchemeHttps)
        {
            faults.Add($"{AcmeOptions.Section}:Directory: must be an https address (RFC 8555 §6.1)");
        }

        if (!options.AcceptTerms)
        {
            faults.Add($"{AcmeOptions.Section}:AcceptTerms: read the authority's terms of service and set it to true");
        }

        faults.AddRange(options.Names.Where(n => !IsName(n)).Select(n => $"{AcmeOptions.Section}:Names: '{n}' is not a host name or a wildcard such as *.example.org"));
        faults.AddRange(options.Contacts.Where(c => !Mailbox.TryParse(c, out _)).Select(c => $"{AcmeOptions.Section}:Contacts: '{c}' is not an address"));
        if (options.ExternalAccountId.Length > 0 != options.ExternalAccountKey.Length > 0)
        {
            faults.Add($"{AcmeOptions.Section}:ExternalAccountId: must be set together with ExternalAccountKey");
        }

        if (!Base64Url.IsValid(options.ExternalAccountKey))
        {
            faults.Add($"{AcmeOptions.Section}:ExternalAccountKey: is not base64url");
        }

        if (options.TrustAnchors.Length > 0 && !File.Exists(options.TrustAnchors))
        {
            faults.Add($"{AcmeOptions.Section}:TrustAnchors: there is no file {options.TrustAnchors}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool IsName(string name) =>
        DomainName.TryParse(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name, out DomainName parsed) && parsed.Labels.Length > 1;
}
