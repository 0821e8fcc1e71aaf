using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Relay;
using Ptt.Web.Configuration;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Rotation;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Keys;

/// <summary>For <c>ptt check</c>: can each key be read, and does every name server show its record?</summary>
internal sealed class KeysCheck(
    IKeyRings rings, KeyVault vault, IKeyDns dns, IOptions<KeysOptions> options, IOptions<RelayOptions> relay) : ICheck
{
    public async IAsyncEnumerable<CheckResult> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (options.Value.RetireFor < relay.Value.GiveUpAfter)
        {
            yield return new CheckResult(CheckVerdict.Warning, $"{KeysOptions.Section}:RetireFor",
                "A key's record goes while mail that it signed may still be in the queue.", $"Make it longer than {RelayOptions.Section}:GiveUpAfter, by a week or so.");
        }

        foreach (IDkimKey key in FixedKeys.Of(options.Value))
        {
            KeyRecord record = key is RsaDkimKey rsa ? rsa.PublicRecord : ((Ed25519DkimKey)key).PublicRecord;
            yield return await JudgeAsync(key.Domain, key.Selector, record.ToString(), cancellationToken);
        }

        foreach (DomainName domain in rings.Known)
        {
            foreach (KeyEntry key in rings.Load(domain)?.Keys.Where(k => k.State is KeyState.Active or KeyState.Standby) ?? [])
            {
                yield return vault.TryOpen(domain, key.Selector, out string? fault) is null
                    ? new CheckResult(CheckVerdict.Bad, $"key {key.Selector} of {domain}", fault!, "Restore the file from a backup, or rotate the keys of the domain.")
                    : await JudgeAsync(domain, key.Selector, key.Record ?? "", cancellationToken);
            }
        }
    }

    private async ValueTask<CheckResult> JudgeAsync(DomainName domain, string selector, string record, CancellationToken cancellationToken)
    {
        string subject = $"key {selector} of {domain}";
        KeyProof proof = await dns.ProbeAsync(domain.Below($"{selector}._domainkey"), record, cancellationToken);
        return proof.Agreed
            ? new CheckResult(CheckVerdict.Good, subject, "Every name server shows its record.")
            : new CheckResult(proof.Fault == KeyFault.None ? CheckVerdict.Warning : CheckVerdict.Bad, subject, proof.Laggards,
                $"The TXT record at {selector}._domainkey.{domain} must be: {record}");
    }
}
