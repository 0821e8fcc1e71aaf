using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Resolving;

namespace Ptt.Web.Domains.Posture;

/// <summary>What receivers ask about the machine itself: the name in EHLO, the name of each address and back, and whether a list of bad addresses or domains has us.</summary>
internal sealed class AddressPosture(IResolver resolver, OwnAddresses addresses, IOptions<DomainOptions> options) : IPostureCheck
{
    public async ValueTask<IReadOnlyList<PostureItem>> CheckAsync(DomainName domain, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress> ours = await addresses.AllAsync(cancellationToken);
        IPAddress[] seen = [.. ours.Where(OwnAddresses.IsPublic)];
        var items = new List<PostureItem> { await HostnameAsync(ours, cancellationToken) };
        if (ours.Count > 0 && seen.Length == 0)
        {
            items.Add(PostureItem.Of(
                PostureKind.ReverseDns, PostureState.Advice, addresses.Hostname ?? domain, $"{string.Join(", ", ours)}: the Internet does not see us under these addresses.",
                "Set Ptt:Domains:Addresses to the addresses from which mail leaves."));
        }

        foreach (IPAddress address in seen)
        {
            items.Add(await ReverseAsync(address, cancellationToken));
            foreach (string list in Lists(options.Value.AddressBlockLists, "zen.spamhaus.org", "bl.spamcop.net"))
            {
                items.AddRange(await ListedAsync(address.ToString(), ListName(DomainName.ReverseOf(address)), list, cancellationToken));
            }
        }

        foreach (string list in Lists(options.Value.DomainBlockLists, "dbl.spamhaus.org"))
        {
            items.AddRange(await ListedAsync(domain.ToString(), domain.ToString(), list, cancellationToken));
        }

        return items;
    }

    /// <summary>RFC 5321 §4.1.4: the name in EHLO is a name of the DNS that leads to us.</summary>
    private async ValueTask<PostureItem> HostnameAsync(IReadOnlyList<IPAddress> ours, CancellationToken cancellationToken)
    {
        if (addresses.Hostname is not { } name)
        {
            return PostureItem.Of(PostureKind.Hostname, PostureState.Bad, DomainName.Root, "Ptt:Hostname is no full domain name; receivers refuse such an EHLO.", "Set Ptt:Hostname to a name that leads to this machine.");
        }

        IReadOnlyList<IPAddress> led = await addresses.ResolveAsync(name, cancellationToken);
        IPAddress[] apart = [.. ours.Except(led)];
        return (led.Count, apart.Length) switch
        {
            (0, _) => PostureItem.Of(PostureKind.Hostname, PostureState.Bad, name, "The name in our EHLO has no address.", $"Give {name} an A or AAAA record."),
            (_, > 0) => PostureItem.Of(PostureKind.Hostname, PostureState.Warning, name, $"The name in our EHLO leads to {string.Join(", ", led)}, but we send from {string.Join(", ", apart)} too.", $"Add these addresses to {name}."),
            _ => PostureItem.Of(PostureKind.Hostname, PostureState.Good, name, $"The name in our EHLO leads to {string.Join(", ", led)}."),
        };
    }

    private async ValueTask<PostureItem> ReverseAsync(IPAddress address, CancellationToken cancellationToken)
    {
        DomainName reverse = DomainName.ReverseOf(address);
        DnsAnswer answer = await resolver.QueryAsync(reverse, RecordType.Ptr, cancellationToken);
        if (answer is not DnsAnswer.Found found)
        {
            return answer is DnsAnswer.Failed failed
                ? PostureItem.Of(PostureKind.ReverseDns, PostureState.Unknown, reverse, $"{address}: DNS does not tell now: {failed.Detail}.")
                : PostureItem.Of(PostureKind.ReverseDns, PostureState.Bad, reverse, $"{address} has no name. Large receivers refuse mail from such an address.", $"Have your provider set its PTR record to {addresses.Hostname}.");
        }

        DomainName[] names = [.. found.Data<RecordData.Name>().Select(n => n.Value)];
        bool confirmed = false;
        foreach (DomainName name in names)
        {
            confirmed |= (await addresses.ResolveAsync(name, cancellationToken)).Contains(address);
        }

        var item = new PostureItem(PostureKind.ReverseDns, PostureState.Good, reverse, "") { Type = RecordType.Ptr, Seen = [.. found.Records.Select(r => r.Data)] };
        string list = string.Join(", ", names);
        return (confirmed, addresses.Hostname is { } own && names.Contains(own)) switch
        {
            (false, _) => item with { State = PostureState.Bad, Words = $"{address} is called {list}, but that name does not lead back to it.", Advice = $"Give {list} the address {address}." },
            (true, false) => item with { State = PostureState.Advice, Words = $"{address} is called {list}, which is not the name in our EHLO.", Advice = $"Better one name: PTR {addresses.Hostname}." },
            _ => item with { Words = $"{address} is called {list}, and that name leads back to it." },
        };
    }

    /// <summary>RFC 5782 §2: an address in 127.0.0.0/8 means listed. Nothing is said about lists that do not have us.</summary>
    private async ValueTask<IReadOnlyList<PostureItem>> ListedAsync(string what, string label, string list, CancellationToken cancellationToken)
    {
        if (!DomainName.TryParse($"{label}.{list}", out DomainName name))
        {
            return [];
        }

        DnsAnswer answer = await resolver.QueryAsync(name, RecordType.A, cancellationToken);
        if (answer is not DnsAnswer.Found found)
        {
            return answer is DnsAnswer.Failed ? [PostureItem.Of(PostureKind.BlockList, PostureState.Unknown, name, $"{list} does not answer now.")] : [];
        }

        byte[][] codes = [.. found.Data<RecordData.Address>().Select(a => a.Value.GetAddressBytes()).Where(a => a is [127, ..])];
        if (codes.Length == 0 || codes.All(c => c is [127, 255, 255, _]))
        {
            // Lists answer so to resolvers that they do not serve.
            return [PostureItem.Of(PostureKind.BlockList, PostureState.Advice, name, $"{list} does not serve the resolver that we ask.", "Use a resolver of your own, or name other lists in Ptt:Domains.")];
        }

        string why = await resolver.QueryAsync(name, RecordType.Txt, cancellationToken) is DnsAnswer.Found texts ? string.Join(" ", texts.Data<RecordData.Txt>().Select(t => t.Text)) : "";
        return
        [
            PostureItem.Of(
                PostureKind.BlockList, PostureState.Bad, name, $"{what} is in the list {list} ({string.Join(", ", codes.Select(c => new IPAddress(c)))}).{(why.Length > 0 ? " " + why : "")}",
                "Find out why, mend it, and ask the list to take it out."),
        ];
    }

    private string[] Lists(string[] named, params string[] usual) => !options.Value.LookInBlockLists ? [] : named.Length > 0 ? named : usual;

    private static string ListName(DomainName reverse) => string.Join('.', reverse.Labels[..^2]);
}
