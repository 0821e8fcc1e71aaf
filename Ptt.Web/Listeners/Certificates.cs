using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Transport;
using Ptt.Web.Acme;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;

namespace Ptt.Web.Listeners;

/// <summary>
/// The certificate that the listeners show: from files, from a public authority, or until it came self-signed in the data directory. Looks every few seconds
/// whether the files changed; new sessions then get the new one, those that run keep theirs. A new file that cannot be used changes nothing and raises an alarm.
/// </summary>
public sealed partial class Certificates : BackgroundService, ITlsIdentity
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);

    private readonly CertificateOptions _options;
    private readonly AcmeStore _acme;
    private readonly string _selfSigned;
    private readonly Lock _reloading = new();
    private readonly IAlarms _alarms;
    private readonly TimeProvider _time;
    private readonly ILogger<Certificates> _logger;
    private volatile Shown _shown;

    public Certificates(
        IOptions<CertificateOptions> options, IOptions<PttOptions> ptt, AcmeStore acme, DataDirectory data, IAlarms alarms, TimeProvider time, ILogger<Certificates> logger)
    {
        (_options, _acme, _alarms, _time, _logger) = (options.Value, acme, alarms, time, logger);
        _selfSigned = data.File("certificates", "self-signed.pem");
        _shown = Start(ptt.Value.Hostname);
        acme.Renewed += Reload;
    }

    /// <summary>What is shown now; for the pages.</summary>
    public X509Certificate2 Current => _shown.File.Certificate;

    public bool IsSelfSigned => Source == _selfSigned;

    private string Source => _options.Path.Length > 0 ? _options.Path : _acme.HasCertificate ? _acme.CertificatePath : _selfSigned;

    public SslServerAuthenticationOptions For(string? serverName) => _shown.Smtp;

    /// <summary>The same certificate for HTTPS.</summary>
    public SslServerAuthenticationOptions ForHttp() => _shown.Http;

    /// <summary>Takes over what the files hold now.</summary>
    public void Reload()
    {
        lock (_reloading)
        {
            Take(Source);
        }
    }

    private Shown Start(string hostname)
    {
        string path = Source;
        if (path == _acme.CertificatePath && _acme.Read() is null)
        {
            // The authority is asked again for what went bad.
            _alarms.Raise("certificate.unusable", AlarmSeverity.Critical, $"{path} cannot be used; a self-signed certificate is shown until a new one comes.");
            path = _selfSigned;
        }

        if (path == _selfSigned && !File.Exists(_selfSigned))
        {
            CertificateFile.WriteSelfSigned(_selfSigned, hostname, _time);
            SelfSignedMade(_selfSigned);
        }

        return Load(path);
    }

    private void Take(string path)
    {
        if (Stamp.Of(path, _options.KeyPath) == _shown.Stamp)
        {
            return;
        }

        try
        {
            _shown = Load(path);
            Taken(_shown.File.Certificate.Subject, _shown.File.Certificate.NotAfter);
            _alarms.Clear("certificate.unusable");
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            _alarms.Raise("certificate.unusable", AlarmSeverity.Critical, $"The new certificate cannot be used, the old one stays: {fault.Message}");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.CheckEvery, _time);
        do
        {
            Reload();
            WarnOfExpiry();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void WarnOfExpiry()
    {
        X509Certificate2 certificate = _shown.File.Certificate;
        TimeSpan left = certificate.NotAfter.ToUniversalTime() - _time.GetUtcNow();
        TimeSpan fifth = (certificate.NotAfter - certificate.NotBefore) / 5;   // of one that lives for days only
        if (left > (fifth < Soon ? fifth : Soon))
        {
            _alarms.Clear("certificate.expires");
            return;
        }

        _alarms.Raise("certificate.expires", left > TimeSpan.FromDays(2) ? AlarmSeverity.Warning : AlarmSeverity.Critical,
            left > TimeSpan.Zero ? (Wording)$"The TLS certificate expires in {Math.Ceiling(left.TotalDays)} days." : "The TLS certificate has expired.");
    }

    private Shown Load(string path)
    {
        Stamp stamp = Stamp.Of(path, _options.KeyPath);
        CertificateFile file = CertificateFile.Load(path, _options.KeyPath);
        // Once for each certificate, with the chain inside: building it again for every session costs 2 ms.
        SslStreamCertificateContext context = SslStreamCertificateContext.Create(file.Certificate, file.Intermediates, offline: true);
        return new(stamp, file, TlsSettings.Server(context), TlsSettings.Server(context, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11));
    }

    private sealed record Shown(Stamp Stamp, CertificateFile File, SslServerAuthenticationOptions Smtp, SslServerAuthenticationOptions Http);

    // Links are followed: where certificates are mounted, the link changes and not the file.
    private readonly record struct Stamp(string Path, DateTime Certificate, long Length, DateTime Key)
    {
        public static Stamp Of(string path, string keyPath)
        {
            FileInfo file = Final(path);
            return new(path, file.Exists ? file.LastWriteTimeUtc : default, file.Exists ? file.Length : 0, keyPath.Length == 0 ? default : Final(keyPath).LastWriteTimeUtc);
        }

        private static FileInfo Final(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
    }

    [LoggerMessage(3114, LogLevel.Information, "Made a self-signed certificate: {Path}")]
    private partial void SelfSignedMade(string path);

    [LoggerMessage(3115, LogLevel.Information, "New certificate taken over: {Subject}, until {NotAfter}")]
    private partial void Taken(string subject, DateTime notAfter);
}
