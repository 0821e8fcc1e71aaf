using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Transport;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;

namespace Ptt.Web.Links;

/// <summary>
/// This machine's certificate towards our other machines. It is renewed by itself at two thirds of its life: with the authority's key where that lies in the
/// data directory, from the machine that holds it where <c>RenewFrom</c> names one; elsewhere an alarm asks for a new one in time. Files that change are taken
/// over without dropping a session.
/// </summary>
public sealed partial class LinkCertificates : BackgroundService
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMinutes(1);

    private readonly LinksOptions _options;
    private readonly string _certificatePath;
    private readonly string _authorityPath;
    private readonly string _ownAuthority;
    private readonly IAlarms _alarms;
    private readonly TimeProvider _time;
    private readonly ILogger<LinkCertificates> _logger;
    private volatile Held? _held;

    public LinkCertificates(IOptions<LinksOptions> options, DataDirectory data, IAlarms alarms, TimeProvider time, ILogger<LinkCertificates> logger)
    {
        (_options, _alarms, _time, _logger) = (options.Value, alarms, time, logger);
        (_certificatePath, _authorityPath) = options.Value.Paths(data.Root);
        _ownAuthority = Path.Combine(data.Root, "authority");
        if (options.Value.IsConfigured(data.Root))
        {
            _held = Load();
        }
    }

    /// <summary>False: the roles of this process are alone, or reach each other over loopback.</summary>
    public bool IsConfigured => _held is not null;

    /// <summary>What we show as a client; null when not configured.</summary>
    public X509Certificate2? Client => _held?.File.Certificate;

    /// <summary>Whose certificates our other machines show; null when not configured.</summary>
    public X509Certificate2Collection? Anchors => _held?.Anchors;

    /// <summary>For the listener of <paramref name="role"/>: it asks for a certificate of the role that comes before, and of no other.</summary>
    public ITlsIdentity For(Role role) => new Identity(this, role);

    /// <summary>Renews what is ours to renew, takes over what changed.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (_held is not { } held)
        {
            return;
        }

        try
        {
            await RenewAsync(held, cancellationToken);
            if (Stamp() != held.Stamp)
            {
                _held = Load();
                Taken(_held.File.Certificate.Subject, _held.File.Certificate.NotAfter);
            }

            _alarms.Clear("link.unusable");
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException or HttpRequestException
            || (fault is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _alarms.Raise("link.unusable", AlarmSeverity.Critical, $"The certificate between our machines cannot be used or renewed, the old one stays: {fault.Message}");
        }

        WarnOfExpiry(_held!);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckEvery, _time);
        do
        {
            await CheckAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RenewAsync(Held held, CancellationToken cancellationToken)
    {
        X509Certificate2 certificate = held.File.Certificate;
        TimeSpan life = certificate.NotAfter - certificate.NotBefore;
        if (_time.GetUtcNow() < certificate.NotBefore.ToUniversalTime() + (life * 2 / 3))
        {
            return;
        }

        string? pem = File.Exists(Path.Combine(_ownAuthority, "authority.key"))
            ? Authority.Issue(_ownAuthority, [.. Authority.RolesOf(certificate)], [.. Authority.NamesOf(certificate)], life, _time)
            : _options.RenewFrom.Length > 0 ? await AskAsync(held, cancellationToken) : null;
        if (pem is null)
        {
            return;
        }

        CertificateFile.WritePrivate(_certificatePath, pem);
        _held = Load();
        Renewed(_held.File.Certificate.Subject, _held.File.Certificate.NotAfter);
    }

    private async Task<string> AskAsync(Held held, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler();
        if (_options.RenewFromTrustAnchors.Length > 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(_options.RenewFromTrustAnchors);
            handler.SslOptions.CertificateChainPolicy = policy;
        }

        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
        (LinkRenewalRequest request, ECDsa key) = LinkRenewal.Ask(held.File.Certificate);
        using (key)
        {
            using HttpResponseMessage response = await http.PostAsJsonAsync(
                $"{_options.RenewFrom.TrimEnd('/')}/api/v1/links/certificate", request, LinksJson.Default.LinkRenewalRequest, cancellationToken);
            response.EnsureSuccessStatusCode();
            LinkRenewalAnswer? answer = await response.Content.ReadFromJsonAsync(LinksJson.Default.LinkRenewalAnswer, cancellationToken);
            return LinkRenewal.Accept(answer?.Certificate ?? "", key, held.File.Certificate, held.Anchors, _time)
                ?? throw new CryptographicException($"What {_options.RenewFrom} sent is not a certificate of our authority for this machine.");
        }
    }

    private void WarnOfExpiry(Held held)
    {
        X509Certificate2 certificate = held.File.Certificate;
        TimeSpan left = certificate.NotAfter.ToUniversalTime() - _time.GetUtcNow();
        TimeSpan quarter = (certificate.NotAfter - certificate.NotBefore) / 4;   // of one that lives for days only
        if (left > TimeSpan.FromDays(14) || left > quarter)
        {
            _alarms.Clear("link.expires");
            return;
        }

        _alarms.Raise("link.expires", left > TimeSpan.FromDays(3) ? AlarmSeverity.Warning : AlarmSeverity.Critical,
            $"The certificate between our machines expires at {held.File.Certificate.NotAfter.ToUniversalTime():u}: issue a new one with 'ptt authority issue' and put it in its place.");
    }

    private Held Load()
    {
        long stamp = Stamp();
        CertificateFile file = CertificateFile.Load(_certificatePath, "");
        var anchors = new X509Certificate2Collection();
        anchors.ImportFromPemFile(_authorityPath);
        return new(stamp, file, anchors, SslStreamCertificateContext.Create(file.Certificate, null, offline: true));
    }

    private long Stamp() => HashCode.Combine(File.GetLastWriteTimeUtc(_certificatePath), File.GetLastWriteTimeUtc(_authorityPath));

    private sealed record Held(long Stamp, CertificateFile File, X509Certificate2Collection Anchors, SslStreamCertificateContext Context);

    private sealed class Identity(LinkCertificates links, Role role) : ITlsIdentity
    {
        private (Held Held, SslServerAuthenticationOptions Options)? _last;

        public SslServerAuthenticationOptions For(string? serverName)
        {
            Held held = links._held ?? throw new InvalidOperationException("There is no certificate for links.");
            if (_last is { } last && last.Held == held)
            {
                return last.Options;
            }

            SslServerAuthenticationOptions options = TlsSettings.Server(held.Context);
            options.ClientCertificateRequired = true;
            options.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,                // short lives and one small authority: there is no list
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(held.Anchors);
            options.CertificateChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2"));
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) => errors == SslPolicyErrors.None && Precedes(certificate);
            _last = (held, options);
            return options;
        }

        // Submission hands to the signer, the signer to the relay, and a relay that goes away to another one.
        private bool Precedes(X509Certificate? certificate) => certificate is X509Certificate2 shown
            && Authority.RolesOf(shown).Any(r => role == Role.Relay ? r is Role.Signer or Role.Relay : r == Role.Submission);
    }

    [LoggerMessage(3511, LogLevel.Information, "New link certificate taken over: {Subject}, until {NotAfter}")]
    private partial void Taken(string subject, DateTime notAfter);

    [LoggerMessage(3512, LogLevel.Information, "Link certificate renewed: {Subject}, until {NotAfter}")]
    private partial void Renewed(string subject, DateTime notAfter);
}
