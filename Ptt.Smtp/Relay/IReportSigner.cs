using Ptt.Mail;
using Ptt.Smtp.Pipeline;

namespace Ptt.Smtp.Relay;

/// <summary>Signs the reports that the relay makes, where the signer is in this process. Implemented in <c>Roles/</c> with the signing hop.</summary>
public interface IReportSigner
{
    ValueTask<ReportSigning> SignAsync(Envelope envelope, MessageContent report, CancellationToken cancellationToken);
}

/// <summary>What came of signing a report.</summary>
public abstract record ReportSigning
{
    public sealed record Signed(MessageContent Content) : ReportSigning;

    /// <summary>The report's domain is none that we sign for.</summary>
    public sealed record NotOurs : ReportSigning;

    /// <summary>It should be signed and cannot be now: the report waits, and with it the outcome it tells of.</summary>
    public sealed record Unavailable : ReportSigning;
}
