using Ptt.Smtp.Relay.Security;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Outbound;

/// <summary>MTA-STS policies over a restart (RFC 8461 §10.2: whoever forgets a policy can be kept from it).</summary>
internal sealed class StsStore(OutboundStore store, TimeProvider time) : IStsStore
{
    public IReadOnlyList<KeptSts> Load() => store.Read(file =>
    {
        using Statement row = file.Prepare("SELECT domain, id, text, fetched_at FROM sts WHERE expires > ?");
        row.Bind(1, time.GetUtcNow().ToUnixTimeMilliseconds());
        var kept = new List<KeptSts>();
        while (row.Step())
        {
            kept.Add(new KeptSts(row.Text(0)!, row.Text(1)!, row.Text(2)!, DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(3))));
        }

        return kept;
    });

    public void Save(KeptSts policy)
    {
        TimeSpan lives = StsPolicy.TryParse(policy.Text, out StsPolicy? parsed) ? parsed.MaxAge : TimeSpan.Zero;
        store.Write(file =>
        {
            using Statement old = file.Prepare("DELETE FROM sts WHERE expires <= ?");
            using Statement save = file.Prepare("INSERT OR REPLACE INTO sts (domain, id, text, fetched_at, expires) VALUES (?,?,?,?,?)");
            old.Bind(1, time.GetUtcNow().ToUnixTimeMilliseconds()).Run();
            save.Bind(1, policy.Domain).Bind(2, policy.Id).Bind(3, policy.Text).Bind(4, policy.FetchedAt.ToUnixTimeMilliseconds())
                .Bind(5, (policy.FetchedAt + lives).ToUnixTimeMilliseconds()).Run();
        });
    }
}
