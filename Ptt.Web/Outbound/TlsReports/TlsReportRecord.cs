using Ptt.Mail;

namespace Ptt.Web.Outbound.TlsReports;

/// <summary>Where a domain wants its reports: the TXT record at <c>_smtp._tls.&lt;domain&gt;</c> (RFC 8460 §3).</summary>
internal static class TlsReportRecord
{
    /// <summary>The addresses of the one record there is; empty when there is none, or several, or none that we can serve.</summary>
    public static IReadOnlyList<Uri> Read(IEnumerable<string> texts)
    {
        // §3: records that do not begin with the version are somebody else's; of several that do, none counts.
        string[] records = [.. texts.Where(t => t.Split(';')[0].Trim() == "v=TLSRPTv1")];
        if (records is not [{ } record])
        {
            return [];
        }

        string? rua = record.Split(';', StringSplitOptions.TrimEntries).Skip(1)
            .FirstOrDefault(f => f.Split('=')[0].TrimEnd() == "rua" && f.Contains('=', StringComparison.Ordinal));
        return rua is null ? [] :
        [
            .. rua[(rua.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(u => Uri.TryCreate(u, UriKind.Absolute, out Uri? uri) ? uri : null).OfType<Uri>()
                .Where(u => u.Scheme == Uri.UriSchemeHttps || MailboxOf(u) is not null).Distinct().Take(4),
        ];
    }

    /// <summary>Of a mailto: URI (RFC 6068), its one address.</summary>
    public static Mailbox? MailboxOf(Uri uri) =>
        uri.Scheme == Uri.UriSchemeMailto && Mailbox.TryParse(Uri.UnescapeDataString(uri.OriginalString["mailto:".Length..].Split('?')[0]), out Mailbox? mailbox) ? mailbox : null;
}
