using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains;

/// <summary>
/// Records that another room keeps in DNS itself, such as the public keys of <c>Keys/</c>: shown among what the domain needs, and compared, but changed only by
/// their keeper.
/// </summary>
public interface IExpectedRecords
{
    IEnumerable<ExpectedRecord> For(DomainName domain);
}

/// <param name="Purpose">In words that begin a sentence, such as <c>The RSA key that signs</c>.</param>
/// <param name="IsNeededNow">False while the record is on its way in or out: its absence is then no fault.</param>
public sealed record ExpectedRecord(DomainName Name, RecordType Type, RecordData Data, Wording Purpose, bool IsNeededNow);
