using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Ptt.Web.Acme;
using Ptt.Web.Configuration;

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

internal sealed class CertificateValidator(IOptions<AcmeOptions> acme) : IValidateOptions<CertificateOptions>
{
    public ValidateOptionsResult Validate(string? name, CertificateOptions options)
    {
        var faults = new List<string>();
        if (options.Path.Length == 0 && options.KeyPath.Length > 0)
        {
            faults.Add("Ptt:Certificates:Path: is missing, and KeyPath is set");
        }

        if (options.Path.Length > 0 && acme.Value.IsConfigured)
        {
            faults.Add($"{AcmeOptions.Section}:Directory: cannot be set together with Ptt:Certificates:Path; the certificate comes from one of them");
        }

        if (options.Path.Length > 0 && !File.Exists(options.Path))
        {
            faults.Add($"Ptt:Certificates:Path: there is no file {options.Path}");
        }

        if (options.KeyPath.Length > 0 && !File.Exists(options.KeyPath))
        {
            faults.Add($"Ptt:Certificates:KeyPath: there is no file {options.KeyPath}");
        }

        if (faults.Count == 0 && options.Path.Length > 0 && Unusable(options) is { } reason)
        {
            faults.Add($"Ptt:Certificates:Path: {options.Path} cannot be used: {reason}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    // Only at the start: a file that goes bad later is an alarm, and the old certificate stays.
    private static string? Unusable(CertificateOptions options)
    {
        try
        {
            CertificateFile.Load(options.Path, options.KeyPath).Certificate.Dispose();
            return null;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return fault.Message;
        }
    }
}
