using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Web.Configuration;
using Ptt.Web.Domains.Updates;

namespace Ptt.Web.Acme;

/// <summary>For <c>ptt check</c>: the authority answers, and each name's proof can be written by us.</summary>
internal sealed class AcmeCheck(AcmeClient client, IZoneUpdater updater, IOptions<AcmeOptions> options, IOptions<PttOptions> ptt) : ICheck
{
    public async IAsyncEnumerable<CheckResult> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AcmeResult<AcmeDirectory> directory = await client.DirectoryAsync(cancellationToken);
        yield return directory.Failure is { } failure
            ? new(CheckVerdict.Bad, $"ACME {options.Value.Directory}", failure.Text, $"See that this machine reaches it by HTTPS, and that {AcmeOptions.Section}:Directory is the directory's address.")
            : new(CheckVerdict.Good, $"ACME {options.Value.Directory}", directory.Value!.RenewalInfo is null ? "answers" : "answers, and says when to renew");
        foreach (string name in options.Value.Names.DefaultIfEmpty(ptt.Value.Hostname))
        {
            DomainName domain = DomainName.Parse(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name);
            yield return await updater.FindAsync(domain.Below("_acme-challenge"), cancellationToken) switch
            {
                ZoneTarget.Updatable target => new(CheckVerdict.Good, $"proof for {name}", $"is written to {target.Zone}"),
                ZoneTarget.Manual manual => new(CheckVerdict.Bad, $"proof for {name}", manual.Reason, "Give the update key of its zone (Ptt:Dns:Update), or an alias from _acme-challenge to a zone that has one."),
                ZoneTarget.Unknown unknown => new(CheckVerdict.Bad, $"proof for {name}", unknown.Reason, "Check Ptt:Dns:Update:Server."),
                _ => new(CheckVerdict.Bad, $"proof for {name}", "its zone cannot be found"),
            };
        }
    }
}
