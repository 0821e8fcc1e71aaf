using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Probing;
using Ptt.Dns.Transport;
using Ptt.Dns.Updating;
using Ptt.Web.Domains;
using Ptt.Web.Domains.Updates;
using Ptt.Web.Keys.Rotation;

namespace Ptt.Tests.Web.Keys;

/// <summary>The keys' way to DNS as the program wires it, to one real server; and a secondary that is told of each change only after some looks at it.</summary>
internal static class RealKeyDns
{
    public static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt._update.example.org"), TsigAlgorithm.HmacSha256);

    public static KeyDns At(IPEndPoint server, params (string Key, string Value)[] settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Ptt:Dns:Resolvers:0"] = server.ToString(),
            ["Ptt:Dns:AuthorityPort"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["Ptt:Dns:Update:Server"] = server.ToString(),
            ["Ptt:Dns:Update:Key"] = Key.ToSecretText(),
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddDomains();
        IServiceProvider services = builder.Services.BuildServiceProvider();
        return new KeyDns(services.GetRequiredService<IZoneUpdater>(), services.GetRequiredService<IAuthorityProbe>());
    }

    /// <summary>RFC 1996 §3.7: tells a secondary that the zone has changed.</summary>
    public static async Task NotifyAsync(IPEndPoint secondary) => await new DnsTransport(TimeProvider.System).TcpAsync(
        secondary, new DnsMessage { Opcode = Opcode.Notify, IsAuthoritative = true, Questions = [new Question(DomainName.Parse("example.org"), RecordType.Soa)] },
        TimeSpan.FromSeconds(10), CancellationToken.None);

    /// <summary>The secondary hears of each change only after it was looked at <paramref name="looks"/> times.</summary>
    public sealed class Lagging(KeyDns inner, IPEndPoint secondary, int looks) : IKeyDns
    {
        private int _left;

        /// <summary>How often a proof failed because of it.</summary>
        public int Held { get; private set; }

        public async ValueTask<KeyUpdate> SetAsync(DomainName name, string? wanted, string? previous, TimeSpan ttl, CancellationToken cancellationToken)
        {
            KeyUpdate update = await inner.SetAsync(name, wanted, previous, ttl, cancellationToken);
            _left = looks;
            return update;
        }

        public async ValueTask<KeyProof> ProbeAsync(DomainName name, string? expected, CancellationToken cancellationToken)
        {
            if (_left > 0 && --_left == 0)
            {
                await NotifyAsync(secondary);
            }

            KeyProof proof = await inner.ProbeAsync(name, expected, cancellationToken);
            Held += !proof.Agreed && proof.Laggards.Contains($"({secondary.Address})", StringComparison.Ordinal) ? 1 : 0;
            return proof;
        }
    }
}
