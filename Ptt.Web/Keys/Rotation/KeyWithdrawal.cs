using Ptt.Mail.Dkim;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys.Rotation;

/// <summary>The going of a key: it signs no more, its record says that it is withdrawn, and then is gone. The private half goes before the record does.</summary>
internal sealed class KeyWithdrawal(RingBook book, KeyPolicy policy, KeyVault vault, IKeyDns dns)
{
    /// <summary>What the record of a withdrawn key says (RFC 6376 §3.6.1: an empty p=).</summary>
    public static string RevokedRecord(KeyEntry key) =>
        key.Record is not null && KeyRecord.TryParse(key.Record, out KeyRecord? record) ? record.Revoked().ToString() : "v=DKIM1; p=";

    /// <summary>A key that never signed need not stay for any letter.</summary>
    public void Retire(KeyEntry key, string why)
    {
        if (key is { State: KeyState.Generated, Begun: null })
        {
            vault.Destroy(book.Domain, key.Selector);
            book.Enter(key, KeyState.Removed, $"{why}, and DNS never knew it");
            return;
        }

        book.Enter(key with { RevokeNow = key.RevokeNow || key.State != KeyState.Active }, KeyState.Retiring, why);
    }

    public async ValueTask RevokeAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        key = book.Begin(key, KeyState.Revoked);
        string revoked = RevokedRecord(key);
        TimeSpan ttl = policy.TtlOf(KeyState.Revoked);
        KeyUpdate update = await dns.SetAsync(book.NameOf(key), revoked, key.Record, ttl, cancellationToken);
        if (update is KeyUpdate.Drift)
        {
            // Our record may have vanished before; then the empty one is put where nothing is.
            KeyProof gone = await dns.ProbeAsync(book.NameOf(key), null, cancellationToken);
            update = gone.IsAbsent ? await dns.SetAsync(book.NameOf(key), revoked, null, ttl, cancellationToken) : update;
        }

        switch (update)
        {
            case KeyUpdate.Done:
                vault.Destroy(book.Domain, key.Selector);
                book.Enter(key, KeyState.Revoked, "its record says that it is withdrawn");
                break;
            case KeyUpdate.Manual manual:
                await AwaitHandAsync(
                    key, revoked, KeyState.Revoked, "its record was taken back by hand", $"{manual.Reason} Replace its record by: {revoked}", cancellationToken);
                break;
            case KeyUpdate.NotDone failed:
                book.Retry(key, failed.Explanation);
                break;
        }
    }

    public async ValueTask RemoveAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        key = book.Begin(key, KeyState.Removed);
        vault.Destroy(book.Domain, key.Selector);
        switch (await dns.SetAsync(book.NameOf(key), null, RevokedRecord(key), policy.TtlOf(KeyState.Revoked), cancellationToken))
        {
            case KeyUpdate.Done:
                book.Enter(key, KeyState.Removed, "its record is gone");
                break;
            case KeyUpdate.Manual manual:
                await AwaitHandAsync(key, null, KeyState.Removed, "its record was deleted by hand", $"{manual.Reason} Delete its record.", cancellationToken);
                break;
            case KeyUpdate.Drift drift:
                // Someone else writes there now; what is theirs stays, and our part in it is over.
                book.Enter(key, KeyState.Removed, $"its name is left to others: {drift.Explanation}");
                break;
            case KeyUpdate.NotDone failed:
                book.Retry(key, failed.Explanation);
                break;
        }
    }

    /// <summary>The zone of a domain that is no longer ours may never take our changes again: that ends here.</summary>
    public void LetGo(KeyEntry key)
    {
        vault.Destroy(book.Domain, key.Selector);
        book.Enter(key, KeyState.Removed, $"its record is left to whoever has the zone now: {key.Trouble}");
    }

    /// <summary>Where a person changes the zone: has it been done? A record that is gone altogether is as good as one that says so.</summary>
    private async ValueTask AwaitHandAsync(KeyEntry key, string? expected, KeyState state, string done, string wanted, CancellationToken cancellationToken)
    {
        KeyProof proof = await dns.ProbeAsync(book.NameOf(key), expected, cancellationToken);
        key = key with { Manual = true, Evidence = proof.Evidence };
        if (!proof.Agreed && !proof.IsAbsent)
        {
            book.Retry(key, wanted);
            return;
        }

        vault.Destroy(book.Domain, key.Selector);
        book.Enter(key, state, done);
    }
}
