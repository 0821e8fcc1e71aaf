using Ptt.Dns;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Users.Changes;

/// <summary>The domains of ours: made, changed and removed like users, by commits.</summary>
public sealed class DomainService
{
    private readonly UserStore _store;
    private readonly UserDirectory _directory;
    private readonly IAuditLog _audit;

    internal DomainService(UserStore store, UserDirectory directory, IAuditLog audit) => (_store, _directory, _audit) = (store, directory, audit);

    public IReadOnlyList<StoredDomain> All => [.. _directory.Now.Domains.Values.OrderBy(d => d.Domain.Domain)];

    public StoredDomain? Find(DomainName domain) => _directory.Now.Domains.GetValueOrDefault(domain);

    public int CountUsers(DomainName domain) => _directory.Now.Users.Values.Count(u => u.User.Address.Domain == domain);

    public async ValueTask<Change<StoredDomain>> CreateAsync(OwnDomain domain, string actor, CancellationToken cancellationToken)
    {
        Change<StoredDomain>? refused = null;
        await _store.WriteAsync(actor, now =>
        {
            refused = now.Domains.ContainsKey(domain.Domain) ? new Change<StoredDomain>.Exists() : AliasFault(now, domain);
            return refused is null ? new WritePlan($"Create domain {domain.Domain}") { Domains = [domain] } : null;
        }, cancellationToken);
        return refused ?? await DoneAsync(domain.Domain, "domain.create", actor);
    }

    public async ValueTask<Change<StoredDomain>> ReplaceAsync(OwnDomain domain, Precondition when, string actor, CancellationToken cancellationToken)
    {
        Change<StoredDomain>? refused = null;
        await _store.WriteAsync(actor, now =>
        {
            StoredDomain? there = now.Domains.GetValueOrDefault(domain.Domain);
            refused = there is null ? new Change<StoredDomain>.Missing() : when.Allows(there.Version) ? AliasFault(now, domain) : new Change<StoredDomain>.Stale(there);
            return refused is null ? new WritePlan($"Change domain {domain.Domain}") { Domains = [domain with { Others = there!.Domain.Others }] } : null;
        }, cancellationToken);
        return refused ?? await DoneAsync(domain.Domain, "domain.replace", actor);
    }

    /// <summary>Only a domain without users can be removed.</summary>
    public async ValueTask<Change<StoredDomain>> DeleteAsync(DomainName domain, Precondition when, string actor, CancellationToken cancellationToken)
    {
        Change<StoredDomain> result = new Change<StoredDomain>.Missing();
        await _store.WriteAsync(actor, now =>
        {
            StoredDomain? there = now.Domains.GetValueOrDefault(domain);
            int users = now.Users.Values.Count(u => u.User.Address.Domain == domain);
            result = there is null ? new Change<StoredDomain>.Missing()
                : !when.Allows(there.Version) ? new Change<StoredDomain>.Stale(there)
                : users > 0 ? new Change<StoredDomain>.Invalid([new Fault("", $"{domain} still has {users} users")])
                : new Change<StoredDomain>.Done(there);
            return result is Change<StoredDomain>.Done ? new WritePlan($"Delete domain {domain}") { GoneDomains = [domain] } : null;
        }, cancellationToken);
        if (result is Change<StoredDomain>.Done)
        {
            await _audit.RecordAsync(actor, "domain.delete", domain.ToString(), cancellationToken: CancellationToken.None);
        }

        return result;
    }

    private static Change<StoredDomain>.Invalid? AliasFault(UserSnapshot now, OwnDomain domain) =>
        domain.AliasOf is { } other && now.Domains.GetValueOrDefault(other) is not { Domain.AliasOf: null }
            ? new Change<StoredDomain>.Invalid([new Fault("/aliasOf", $"{other} is no domain of ours, or itself stands for another")]) : null;

    private async ValueTask<Change<StoredDomain>> DoneAsync(DomainName domain, string action, string actor)
    {
        await _audit.RecordAsync(actor, action, domain.ToString(), cancellationToken: CancellationToken.None);
        return Find(domain) is { } stored ? new Change<StoredDomain>.Done(stored) : new Change<StoredDomain>.Missing();
    }
}
