using System.Security.Cryptography;
using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys.Rotation;

/// <summary>The coming of a key: its name, its private half, its record, and the proof that every name server shows it.</summary>
internal sealed partial class KeyPublisher(RingBook book, KeyPolicy policy, string selectorPattern, KeyVault vault, IKeyDns dns, ILogger logger)
{
    /// <summary>The selector is written down before there is a key of that name, so that it can never be given twice.</summary>
    public void Generate(KeyKind kind)
    {
        string selector = policy.Rotates ? Selectors.Next(selectorPattern, kind, book.Ring, book.Wall) : selectorPattern;
        KeyEntry entry = new() { Selector = selector, Algorithm = kind.Name };
        book.Save(entry.Enter(KeyState.Generated, book.Now, book.Wall, "made"));
    }

    public void Make(KeyEntry key)
    {
        try
        {
            KeyRecord record = vault.Create(book.Domain, key.Selector, KeyKind.TryParse(key.Algorithm, out KeyKind? kind) ? kind : KeyKind.Rsa2048);
            book.Save(key with { Record = record.ToString(), NextTry = book.Now, Tries = 0, Trouble = null });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            MakingFaulted(book.Domain, key.Selector, fault);
            book.Retry(key, "The key cannot be written to the data directory.");
        }
    }

    public async ValueTask PublishAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        key = book.Begin(key, KeyState.Published);
        TimeSpan ttl = policy.TtlOf(KeyState.Published);
        switch (await dns.SetAsync(book.NameOf(key), key.Record, null, ttl, cancellationToken))
        {
            case KeyUpdate.Done:
                book.Enter(key with { Manual = false, Ttl = ttl }, KeyState.Published, "the primary has its record");
                break;
            case KeyUpdate.Manual manual:
                book.Enter(key with { Manual = true }, KeyState.Published, "its record waits to be entered");
                book.Save(book.Ring.Find(key.Selector)! with { Trouble = manual.Reason });
                break;
            case KeyUpdate.NotDone failed:
                book.Retry(key, failed.Explanation);
                break;
        }
    }

    public async ValueTask ProveAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        KeyProof proof = await dns.ProbeAsync(book.NameOf(key), key.Record, cancellationToken);
        DateTimeOffset now = book.Now;
        key = key with { Evidence = proof.Evidence, CheckedAt = now };
        if (!proof.Agreed)
        {
            book.Retry(key with { AgreedAt = null }, key.Manual && proof.IsAbsent ? key.Trouble ?? proof.Laggards : proof.Laggards);
            return;
        }

        key = key with { AgreedAt = key.AgreedAt ?? now, NegativeTtl = key.NegativeTtl > proof.NegativeTtl ? key.NegativeTtl : proof.NegativeTtl, Fault = KeyFault.None };
        if (now >= key.AgreedAt + KeyRotation.Wait(book.Ring, key))
        {
            book.Enter(key, KeyState.Standby, "every name server shows its record");
        }
        else
        {
            book.Save(key with { NextTry = now, Tries = 0, Trouble = null });
        }
    }

    /// <summary>Gives the record the TTL of the key's state; the text stays.</summary>
    public async ValueTask RetimeAsync(KeyEntry key, CancellationToken cancellationToken)
    {
        TimeSpan ttl = policy.TtlOf(key.State);
        switch (await dns.SetAsync(book.NameOf(key), key.Record, key.Record, ttl, cancellationToken))
        {
            case KeyUpdate.Failed failed:
                book.Retry(key, failed.Explanation);
                break;
            case KeyUpdate.Drift:
                book.Save(key with { Ttl = ttl, CheckedAt = default });   // it is not our record any more: the check says so, and what is to be done
                break;
            default:
                book.Save(key with { Ttl = ttl, Tries = 0, Trouble = null });
                break;
        }
    }

    [LoggerMessage(3415, LogLevel.Error, "Key {Selector} of {Domain} could not be made")]
    private partial void MakingFaulted(DomainName domain, string selector, Exception fault);
}
