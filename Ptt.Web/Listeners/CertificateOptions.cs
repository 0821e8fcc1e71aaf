using Microsoft.Extensions.Options;

namespace Ptt.Web.Listeners;

/// <summary>The certificate of all listeners.</summary>
public sealed class CertificateOptions
{
    public const string Section = "Ptt:Certificates";

    /// <summary>PEM: the certificate, then its intermediates. Empty: a self-signed one is made in the data directory.</summary>
    public string Path { get; set; } = "";

    /// <summary>PEM: the key, not encrypted. Empty: it stands in the file of the certificate.</summary>
    public string KeyPath { get; set; } = "";

    /// <summary>How often the files are looked at for a change.</summary>
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromSeconds(10);
}

internal sealed class CertificateValidator : IValidateOptions<CertificateOptions>
{
    public ValidateOptionsResult Validate(string? name, CertificateOptions options)
    {
        var faults = new List<string>();
        if (options.Path.Length == 0 && options.KeyPath.Length > 0)
        {
            faults.Add("Ptt:Certificates:Path: is missing, and KeyPath is set");
        }

        if (options.Path.Length > 0 && !File.Exists(options.Path))
        {
            faults.Add($"Ptt:Certificates:Path: there is no file {options.Path}");
        }

        if (options.KeyPath.Length > 0 && !File.Exists(options.KeyPath))
        {
            faults.Add($"Ptt:Certificates:KeyPath: there is no file {options.KeyPath}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
