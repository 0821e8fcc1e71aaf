using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;

namespace Ptt.Web.Acme;

/// <summary>
/// Sees that there is a certificate for the names that are configured, and that it is replaced in time. A failure is told as an alarm and tried again later
/// and later, also across restarts, so that an authority's limits are not run into.
/// </summary>
internal sealed partial class AcmeWorker(
    CertificateOrder orders, AcmeClient client, AcmeStore store, IOptions<AcmeOptions> options, IOptions<PttOptions> ptt, IAlarms alarms, IMeterFactory meters,
    TimeProvider time, ILogger<AcmeWorker> logger) : BackgroundService
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(6);     // RFC 9773 §4.3.2, where the server does not say

    private readonly Counter<long> _orders = meters.Create("Ptt.Acme").CreateCounter<long>("ptt.acme.orders", "{order}", "Orders for certificates, by outcome.");
    private (string Certificate, RenewalWindow? Window, DateTimeOffset Until) _asked = ("", null, DateTimeOffset.MinValue);

    private IReadOnlyList<string> Names => options.Value.Names.Count > 0 ? options.Value.Names : [ptt.Value.Hostname];

    /// <summary>What a failure is counted for.</summary>
    private string Settings => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', [options.Value.Directory, options.Value.ExternalAccountId, .. options.Value.Contacts, .. Names]))));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.CheckEvery, time);
        do
        {
            try
            {
                await CheckAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Faulted(fault);
                Fail(new AcmeFailure(fault.Message));
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task CheckAsync(CancellationToken cancellationToken)
    {
        AcmeAttempts attempts = store.Attempts;
        if (attempts.Settings == Settings && time.GetUtcNow() < attempts.NotBefore)
        {
            return;
        }

        using X509Certificate2? held = store.Read()?.Certificate;
        bool fits = held is not null && NamesOf(held).SetEquals(Names);
        if (fits && time.GetUtcNow() < RenewalTime.Of(held!, await WindowAsync(held!, cancellationToken)))
        {
            return;
        }

        Ordering(string.Join(", ", Names));
        AcmeResult<string> result = await orders.PlaceAsync(Names, fits ? RenewalTime.Identifier(held!) : null, cancellationToken);
        if (result.Value is not { } pem)
        {
            Fail(result.Failure!);
            return;
        }

        store.Write(pem);
        store.Attempts = store.Attempts with { Failures = 0, NotBefore = DateTimeOffset.MinValue, Settings = Settings };
        _orders.Add(1, KeyValuePair.Create<string, object?>("outcome", "issued"));
        alarms.Clear("certificate.acme");
        using X509Certificate2 issued = store.Read()!.Certificate;
        Issued(string.Join(", ", Names), issued.NotAfter.ToUniversalTime());
    }

    private void Fail(AcmeFailure failure)
    {
        AcmeAttempts attempts = store.Attempts;
        int failures = attempts.Settings == Settings ? attempts.Failures + 1 : 1;
        TimeSpan pause = RenewalTime.Pause(failures, options.Value.RetryAfter, failure.RetryAfter);
        store.Attempts = attempts with { Failures = failures, NotBefore = time.GetUtcNow() + pause, Settings = Settings };
        _orders.Add(1, KeyValuePair.Create<string, object?>("outcome", failure.Type ?? "failed"));
        NotIssued(string.Join(", ", Names), failure.Text, pause);
        alarms.Raise("certificate.acme", AlarmSeverity.Warning,
            $"The authority gave no certificate for {string.Join(", ", Names)}: {failure.Text}. Tried {failures} times; next at {time.GetUtcNow() + pause:u}.");
    }

    /// <summary>Null where the authority has no opinion, or cannot be asked now.</summary>
    private async ValueTask<RenewalWindow?> WindowAsync(X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        if (RenewalTime.Identifier(certificate) is not { } id)
        {
            return null;
        }

        if (_asked.Certificate == id && time.GetUtcNow() < _asked.Until)
        {
            return _asked.Window;
        }

        AcmeResult<AcmeDirectory> directory = await client.DirectoryAsync(cancellationToken);
        RenewalWindow? window = directory.Value?.RenewalInfo is { } info
            ? (await client.GetAsync(new Uri($"{info.AbsoluteUri.TrimEnd('/')}/{id}"), AcmeJson.Default.RenewalInfo, cancellationToken)).Value?.SuggestedWindow
            : null;
        _asked = (id, window, time.GetUtcNow() + AskAgain);
        return window;
    }

    private static HashSet<string> NamesOf(X509Certificate2 certificate) => certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
        .SelectMany(e => e.EnumerateDnsNames()).ToHashSet(StringComparer.OrdinalIgnoreCase);

    [LoggerMessage(3501, LogLevel.Information, "Ordering a certificate for {Names}")]
    private partial void Ordering(string names);

    [LoggerMessage(3502, LogLevel.Information, "Certificate issued for {Names}, until {NotAfter}")]
    private partial void Issued(string names, DateTime notAfter);

    [LoggerMessage(3503, LogLevel.Warning, "No certificate for {Names}: {Reason}; next try in {Pause}")]
    private partial void NotIssued(string names, string reason, TimeSpan pause);

    [LoggerMessage(3504, LogLevel.Error, "Ordering a certificate faulted")]
    private partial void Faulted(Exception fault);
}
