using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Ptt.Dns;

namespace Ptt.Web.Acme;

/// <summary>
/// One certificate from the order to the file, in the order of RFC 8555 §7: account, order, authorizations, proof, finalization, download. Each call
/// begins anew; what was proven before, the authority remembers itself.
/// </summary>
internal sealed class CertificateOrder(AcmeClient client, AcmeOptions options, AcmeStore store, DnsChallenges challenges, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly byte[] Ready = "{}"u8.ToArray();               // §7.5.1: the proof is there to be seen

    /// <summary>The PEM of certificate, intermediates and a new key. <paramref name="replaces"/>: what it follows, as RFC 9773 §4.1 names it.</summary>
    public async ValueTask<AcmeResult<string>> PlaceAsync(IReadOnlyList<string> names, string? replaces, CancellationToken cancellationToken)
    {
        using ECDsa accountKey = store.AccountKey();
        AcmeResult<AcmeDirectory> directory = await client.DirectoryAsync(cancellationToken);
        if (directory.Failure is { } unreachable)
        {
            return unreachable;
        }

        AcmeResult<AcmeAccount> account = await AcmeAccount.OpenAsync(client, directory.Value!, accountKey, options, time, cancellationToken);
        if (account.Failure is { } refused)
        {
            return refused;
        }

        AcmeResult<AcmeAnswer> placed = await OrderAsync(account.Value!, directory.Value!, names, replaces, cancellationToken);
        if (placed.Value is not { Location: { } url } answer)
        {
            return placed.Failure ?? new AcmeFailure("The authority names no order");
        }

        AcmeResult<AcmeOrder> order = AcmeClient.Read(answer, AcmeJson.Default.AcmeOrder);
        return order.Failure
            ?? await ProveAsync(account.Value!, order.Value!, cancellationToken)
            ?? await FinishAsync(account.Value!, url, names, cancellationToken);
    }

    private static async ValueTask<AcmeResult<AcmeAnswer>> OrderAsync(
        AcmeAccount account, AcmeDirectory directory, IReadOnlyList<string> names, string? replaces, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeAnswer> placed = await PlaceAsync(replaces);

        // RFC 9773 §5: a certificate that was replaced before, or that the authority does not know, is no reason to go without.
        return replaces is not null && placed.Failure is { Type: "alreadyReplaced" or "malformed" or "unauthorized" } ? await PlaceAsync(null) : placed;

        ValueTask<AcmeResult<AcmeAnswer>> PlaceAsync(string? replaced) => account.PostAsync(directory.NewOrder, JsonSerializer.SerializeToUtf8Bytes(
            new NewOrder([.. names.Select(n => new AcmeIdentifier("dns", n))], replaced), AcmeJson.Default.NewOrder), cancellationToken);
    }

    /// <summary>Null when every name is proven.</summary>
    private async ValueTask<AcmeFailure?> ProveAsync(AcmeAccount account, AcmeOrder order, CancellationToken cancellationToken)
    {
        List<(DomainName Name, Uri Authorization, AcmeChallenge Challenge)> open = [];
        foreach (Uri url in order.Authorizations)
        {
            AcmeResult<AcmeAuthorization> read = await account.GetAsync(url, AcmeJson.Default.AcmeAuthorization, cancellationToken);
            if (read.Value is not { } authorization)
            {
                return read.Failure;
            }

            if (authorization.Status == "valid")
            {
                continue;                                                  // §7.5.1: proven for an order before
            }

            if (authorization.Challenges.FirstOrDefault(c => c is { Type: "dns-01", Token: not null }) is not { } challenge
                || !DomainName.TryParse(authorization.Identifier.Value, out DomainName name))
            {
                return new AcmeFailure($"{authorization.Identifier.Value}: the authority does not offer dns-01");
            }

            open.Add((name, url, challenge));
        }

        try
        {
            foreach (IGrouping<DomainName, (DomainName Name, Uri Authorization, AcmeChallenge Challenge)> name in open.GroupBy(o => o.Name))
            {
                string[] proofs = [.. name.Select(o => account.DnsProof(o.Challenge.Token!))];
                if (await challenges.PublishAsync(name.Key, proofs, options.PropagationTimeout, cancellationToken) is { } unpublished)
                {
                    return unpublished;
                }
            }

            foreach ((DomainName name, Uri url, AcmeChallenge challenge) in open)
            {
                if (await account.PostAsync(challenge.Url, Ready, cancellationToken) is { Failure: { } unheard })
                {
                    return unheard;
                }

                AcmeResult<AcmeAuthorization> seen = await account.AwaitAsync(
                    url, AcmeJson.Default.AcmeAuthorization, a => a.Status is not "pending", Patience, cancellationToken);
                if (seen.Value is not { Status: "valid" })
                {
                    return seen.Failure ?? AcmeFailure.Of(seen.Value!.Challenges.FirstOrDefault(c => c.Error is not null)?.Error, $"{name} was not proven");
                }
            }

            return null;
        }
        finally
        {
            await challenges.WithdrawAsync(open.Select(o => o.Name).Distinct(), cancellationToken);
        }
    }

    private static async ValueTask<AcmeResult<string>> FinishAsync(AcmeAccount account, Uri url, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        AcmeResult<AcmeOrder> ready = await account.AwaitAsync(url, AcmeJson.Default.AcmeOrder, o => o.Status is not "pending", Patience, cancellationToken);
        if (ready.Value is not { Status: "ready" })
        {
            return ready.Failure ?? AcmeFailure.Of(ready.Value!.Error, $"The order is {ready.Value.Status}");
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);      // a new one for each certificate
        var finalization = new Finalization(Base64Url.EncodeToString(Request(key, names)));
        if (await account.PostAsync(ready.Value.Finalize, JsonSerializer.SerializeToUtf8Bytes(finalization, AcmeJson.Default.Finalization), cancellationToken) is { Failure: { } refused })
        {
            return refused;
        }

        AcmeResult<AcmeOrder> valid = await account.AwaitAsync(url, AcmeJson.Default.AcmeOrder, o => o.Status is not ("ready" or "processing"), Patience, cancellationToken);
        if (valid.Value is not { Status: "valid", Certificate: { } certificate })
        {
            return valid.Failure ?? AcmeFailure.Of(valid.Value!.Error, $"The order is {valid.Value.Status}");
        }

        AcmeResult<AcmeAnswer> chain = await account.PostAsync(certificate, default, cancellationToken);   // §7.4.2: PEM, the certificate first
        return chain.Value is { } pem ? pem.Text.TrimEnd() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n" : chain.Failure!;
    }

    private static byte[] Request(ECDsa key, IReadOnlyList<string> names)
    {
        var request = new CertificateRequest(new X500DistinguishedName([0x30, 0]), key, HashAlgorithmName.SHA256);   // no subject: names are what counts
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        return request.CreateSigningRequest();
    }
}
