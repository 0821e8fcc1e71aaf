using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;
using Ptt.Mail;
using Ptt.Mail.Reports;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Security;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;

namespace Ptt.Web.Outbound.TlsReports;

/// <summary>
/// Sends yesterday's reports to whoever asks for them in DNS (RFC 8460 §3, §5): by mail, signed and through our own queue, or by HTTPS. Each address gets a
/// report once: that it is being sent is written down before it is, so that a crash in between costs a report and never doubles one.
/// </summary>
internal sealed partial class TlsReportSender(
    TlsReportBook book, IResolver resolver, ISpool spool, IOwnDomains domains, IOptions<TlsReportOptions> options, IOptions<PttOptions> ptt, AddressLookup addresses,
    AddressPolicy policy, IStsFetcher trust, TimeProvider time, ILogger<TlsReportSender> logger, IReportSigner? signer = null) : IDisposable
{
    /// <summary>RFC 8460 §5.1: an address that does not answer is tried for a day.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(1);

    private readonly HttpClient _http = StrangersWeb.Client(addresses, policy, 64 * 1024, trust.TrustAnchors);

    private readonly SemaphoreSlim _one = new(1);

    public void Dispose()
    {
        _http.Dispose();
        _one.Dispose();
    }

    public async Task SendDueAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await SendAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        book.Forget(DateOnly.FromDateTime((now - options.Value.KeepFor).UtcDateTime));
        foreach ((DateOnly day, string domain) in book.Unreported(today))
        {
            cancellationToken.ThrowIfCancellationRequested();
            DateTimeOffset due = new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero) + (options.Value.Spread * Share(domain));
            if (!options.Value.Enabled)
            {
                book.Settle(day, domain, "", "not sent", "Ptt:TlsReports:Enabled is false");
            }
            else if (now >= due && await TrySendAsync(day, domain, cancellationToken) is { } state)
            {
                book.Settle(day, domain, "", state);
            }
            else if (now >= due + GiveUpAfter)
            {
                book.Settle(day, domain, "", "given up");
            }
        }
    }

    /// <summary>A fault with one domain keeps no report from the others.</summary>
    private async Task<string?> TrySendAsync(DateOnly day, string domain, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(day, domain, cancellationToken);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Faulted(domain, day, fault);
            return null;
        }
    }

    /// <summary>Null: something is still to be tried again.</summary>
    private async Task<string?> SendAsync(DateOnly day, string domain, CancellationToken cancellationToken)
    {
        if (!DomainName.TryParse("_smtp._tls." + domain, out DomainName record))
        {
            return "not wanted";                                                        // a name that long has no room for the record
        }

        DnsAnswer answer = await resolver.QueryAsync(record, RecordType.Txt, cancellationToken);
        if (answer is DnsAnswer.Failed)
        {
            return null;
        }

        IReadOnlyList<Uri> wanted = answer is DnsAnswer.Found found ? TlsReportRecord.Read(found.Data<RecordData.Txt>().Select(t => t.Text)) : [];
        if (wanted.Count == 0)
        {
            return "not wanted";
        }

        if (FromAddress() is not { } from)
        {
            return "no domain of ours to send from";
        }

        string organization = options.Value.OrganizationName is { Length: > 0 } name ? name : from.DomainText;
        var report = new TlsReport(organization, TlsReportRange.Of(day), from.ToString(), TlsReport.IdOf(day, domain, from.DomainText), book.Policies(day, domain));
        bool again = false;
        foreach (Uri uri in wanted)
        {
            if (book.StateOf(day, domain, uri.OriginalString) is not (null or "again"))
            {
                continue;
            }

            book.Settle(day, domain, uri.OriginalString, "sending");
            (string state, string? detail) = TlsReportRecord.MailboxOf(uri) is { } mailbox
                ? await MailAsync(report, day, domain, from, mailbox, cancellationToken)
                : await PostAsync(report, uri, cancellationToken);
            book.Settle(day, domain, uri.OriginalString, state, detail);
            again |= state == "again";
            Told(domain, day, uri, state, detail);
        }

        return again ? null : "done";
    }

    private async Task<(string State, string? Detail)> MailAsync(TlsReport report, DateOnly day, string domain, Mailbox from, Mailbox to, CancellationToken cancellationToken)
    {
        MessageContent mail = TlsReportMail.Write(new TlsReportMail(from, to, domain, report.ReportId, day, ptt.Value.Hostname), report.ToGzip(), time.GetUtcNow());
        var envelope = new Envelope
        {
            ReversePath = null,                                                         // nobody here waits to hear that a report did not arrive
            Recipients = [new Recipient(to) { Notify = DsnNotify.Never }],
            Origin = new Origin { ReceivedAt = time.GetUtcNow(), SessionId = "tls-report:" + report.ReportId },
        };

        // RFC 8460 §3: receivers take only what is signed by the domain that reports.
        ReportSigning signing = signer is null ? new ReportSigning.NotOurs() : await signer.SignAsync(envelope, mail, cancellationToken);
        return signing switch
        {
            ReportSigning.Signed signed => await spool.AddAsync(envelope, signed.Content, cancellationToken) is SpoolAdd.Queued queued
                ? ("queued", queued.Id.ToString()) : ("again", "the queue did not take it"),
            ReportSigning.NotOurs => ("not signed", $"no key of ours signs for {from.DomainText}"),
            _ => ("again", "it could not be signed"),
        };
    }

    private async Task<(string State, string? Detail)> PostAsync(TlsReport report, Uri uri, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(report.ToGzip());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/tlsrpt+gzip");                                   // RFC 8460 §5.4
        try
        {
            using HttpResponseMessage answer = await _http.PostAsync(uri, content, cancellationToken);
            return answer.IsSuccessStatusCode ? ("posted", null)
                : answer.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)answer.StatusCode >= 500 ? ("again", $"HTTP status {(int)answer.StatusCode}")
                : ("refused", $"HTTP status {(int)answer.StatusCode}");
        }
        catch (HttpRequestException fault)
        {
            return ("again", (fault.InnerException ?? fault).Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ("again", "timed out");
        }
    }

    internal Mailbox? FromAddress()
    {
        if (Mailbox.TryParse(options.Value.From, out Mailbox? configured))
        {
            return configured;
        }

        DomainName? own = DomainName.TryParse(ptt.Value.Hostname, out DomainName host)
            ? domains.All.Where(d => host.IsWithin(d)).OrderByDescending(d => d.Labels.Length).Cast<DomainName?>().FirstOrDefault()
            : null;
        own ??= domains.All.OrderBy(d => d.ToString(), StringComparer.Ordinal).Cast<DomainName?>().FirstOrDefault();
        return own is { } domain ? Mailbox.Parse("tls-reports@" + domain) : null;
    }

    /// <summary>0 to 1, the same for a domain each day.</summary>
    private static double Share(string domain) =>
        System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(domain))[0] / 256.0;

    [LoggerMessage(3712, LogLevel.Error, "The TLS report of {Domain} for {Day} faulted; tried again for a day")]
    private partial void Faulted(string domain, DateOnly day, Exception fault);

    [LoggerMessage(3711, LogLevel.Information, "TLS report of {Domain} for {Day} to {Uri}: {State} {Detail}")]
    private partial void Told(string domain, DateOnly day, Uri uri, string state, string? detail);
}
