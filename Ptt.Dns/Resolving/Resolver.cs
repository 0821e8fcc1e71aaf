using System.Collections.Concurrent;
using System.Net;
using Ptt.Dns.Messages;
using Ptt.Dns.Transport;

namespace Ptt.Dns.Resolving;

/// <summary>
/// The stub resolver (RFC 1034 §5.3.1): asks recursive resolvers, several in turn, and remembers what they said. It validates nothing itself and
/// iterates nothing. Callers that ask the same at the same time share one exchange.
/// </summary>
public sealed class Resolver(ResolverOptions options, TimeProvider time) : IResolver
{
    private const int MaxRestarts = 8;

    private readonly DnsTransport _transport = new(time);
    private readonly AnswerCache _cache = new(options.CacheSize, time);
    private readonly ConcurrentDictionary<(DomainName, RecordType), Lazy<Task<DnsAnswer>>> _underWay = new();

    /// <summary>Index of the server that answered last.</summary>
    private int _preferred;

    public ValueTask<DnsAnswer> QueryAsync(DomainName name, RecordType type, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _cache.Find(name, type) is { } known
            ? ValueTask.FromResult(known)
            : new ValueTask<DnsAnswer>(ShareAsync(name, type, cancellationToken));
    }

    private async Task<DnsAnswer> ShareAsync(DomainName name, RecordType type, CancellationToken cancellationToken)
    {
        // One caller's cancellation must not take the answer from the others: the exchange ends by its own timeouts.
        Lazy<Task<DnsAnswer>> shared = _underWay.GetOrAdd((name, type), key => new(() => Task.Run(async () =>
        {
            try
            {
                return await ResolveAsync(name, type);
            }
            finally
            {
                _underWay.TryRemove(key, out _);
            }
        })));
        return await shared.Value.WaitAsync(cancellationToken);
    }

    private async Task<DnsAnswer> ResolveAsync(DomainName name, RecordType type)
    {
        DomainName at = name;
        bool authenticated = true;
        TimeSpan lifetime = options.TtlCeiling;
        for (int restarts = 0; restarts < MaxRestarts; restarts++)
        {
            (DnsMessage? reply, IPEndPoint? server, DnsAnswer.Failed? failure) = await AskAsync(at, type);
            if (reply is null)
            {
                _cache.Add(name, type, failure!, options.FailureTtl);
                return failure!;
            }

            authenticated &= reply.AuthenticData && (options.TrustAuthenticData || IPAddress.IsLoopback(server!.Address));
            DnsAnswer answer = AnswerReader.Read(reply, at, type, out DomainName? next);
            TimeSpan here = AnswerReader.Lifetime(reply, answer, options);
            lifetime = here < lifetime ? here : lifetime;
            if (next is null)
            {
                answer = answer with { Authenticated = authenticated && answer is not DnsAnswer.Failed };
                _cache.Add(name, type, answer, lifetime);
                return answer;
            }

            at = next.Value;
        }

        return new DnsAnswer.Failed(DnsFailure.Loop, $"The aliases of {name} do not end");
    }

    /// <summary>Goes through the servers, the one that worked last first, until one gives an answer that counts.</summary>
    private async Task<(DnsMessage? Reply, IPEndPoint? Server, DnsAnswer.Failed? Failure)> AskAsync(DomainName name, RecordType type)
    {
        if (options.Servers.Count == 0)
        {
            return (null, null, new DnsAnswer.Failed(DnsFailure.Unreachable, "No name server is configured"));
        }

        // RFC 6840 §5.7: AD in the query asks for AD in the answer.
        var query = new DnsMessage
        {
            RecursionDesired = true,
            AuthenticData = true,
            Questions = [new Question(name, type)],
            Edns = Edns.Default,
        };
        DnsAnswer.Failed? failure = null;
        for (int round = 0; round < options.Rounds; round++)
        {
            bool silent = false;
            int first = Volatile.Read(ref _preferred);
            for (int i = 0; i < options.Servers.Count; i++)
            {
                int index = (first + i) % options.Servers.Count;
                IPEndPoint server = options.Servers[index];
                Exchange exchange = await AskOneAsync(server, query, options.Timeout * (1 << round));
                if (exchange is Exchange.Answered { Message: var reply })
                {
                    if (reply.ResponseCode is ResponseCode.NoError or ResponseCode.NXDomain)
                    {
                        Volatile.Write(ref _preferred, index);
                        return (reply, server, null);
                    }

                    failure = Worse(failure, new DnsAnswer.Failed(
                        reply.ResponseCode is ResponseCode.Refused ? DnsFailure.Refused : DnsFailure.ServerFailure,
                        $"{server} answered {RecordText.Name(reply.ResponseCode)} for {name} {RecordText.Name(type)}"));
                }
                else if (exchange is Exchange.Failed failed)
                {
                    silent = true;
                    failure = Worse(failure, new DnsAnswer.Failed(failed.Reason, failed.Detail));
                }
            }

            // Everyone has spoken, and the same question would hear the same again.
            if (!silent)
            {
                break;
            }
        }

        return (null, null, failure);
    }

    private async Task<Exchange> AskOneAsync(IPEndPoint server, DnsMessage query, TimeSpan timeout)
    {
        Exchange exchange = await _transport.QueryAsync(server, query, timeout, CancellationToken.None);

        // RFC 6891 §7: a server that knows no EDNS says FORMERR or NOTIMP; ask it as in 1987.
        return exchange is Exchange.Answered { Message: { ResponseCode: ResponseCode.FormErr or ResponseCode.NotImp, Edns: null } }
            ? await _transport.QueryAsync(server, query with { Edns = null }, timeout, CancellationToken.None)
            : exchange;
    }

    /// <summary>Of several failures the one that says most: a server that spoke before one that was silent.</summary>
    private static DnsAnswer.Failed Worse(DnsAnswer.Failed? before, DnsAnswer.Failed now) =>
        before is { Reason: DnsFailure.ServerFailure or DnsFailure.Refused } ? before : now;
}
