using System.Net;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;
using Ptt.Smtp.Signing;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Sandbox;

/// <summary>Makes the sandbox's world: its name server before anything asks, its user before anybody signs in; then says how to try it.</summary>
internal sealed class SandboxWorld(
    IOptions<SandboxOptions> options, TsigKey key, UserBootstrap users, ISigningKeys keys, IKeyRings rings, IConfiguration configuration, TimeProvider time,
    ILogger<SandboxNameServer> logger)
    : IHostedLifecycleService, IAsyncDisposable
{
    public const string User = "ada@" + SandboxZones.Ours;
    public const string Password = "sandbox";

    private readonly SandboxNameServer _dns = new(IPEndPoint.Parse(options.Value.DnsEndPoint), SandboxZones.All(), [key], time, logger);

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        Remember();
        return _dns.StartAsync(cancellationToken);
    }

    // The zones are of this run only, the keys are not: what the last run published is there again, as it would be on a real primary.
    private void Remember()
    {
        DomainName ours = DomainName.Parse(SandboxZones.Ours);
        IEnumerable<ResourceRecord> published = (rings.Load(ours)?.Keys ?? [])
            .Where(k => k.Record is not null && k.State is not (KeyState.Generated or KeyState.Revoked or KeyState.Removed))
            .Select(k => new ResourceRecord(ours.Below($"{k.Selector}._domainkey"), RecordType.Txt, TimeSpan.FromMinutes(1), new RecordData.Txt(k.Record!)));
        _dns.Zones.First(z => z.Name == ours).Change(records => (ResponseCode.NoError, [.. records, .. published]));
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        await users.EnsureAsync(User, Password, ["admin"], cancellationToken);
        await KeysAsync(cancellationToken);
        await Console.Out.WriteLineAsync(Greeting());
    }

    // The first mail should carry both signatures; both keys are made, published and proved in a second or two.
    private async Task KeysAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < 100 && await keys.ForAsync(DomainName.Parse(SandboxZones.Ours), cancellationToken) is not SigningDecision.Sign { Keys.Count: > 1 }; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }
    }

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private string Greeting() =>
        $"""

        The sandbox is up: its name server at {options.Value.DnsEndPoint}, its MX at {options.Value.MxEndPoint}; the user {User} with the password '{Password}'.
        Submit a mail and see it arrive, signed, at http://{configuration["Ptt:Http:EndPoint"] ?? "127.0.0.1:8080"}/sandbox:

        printf 'From: Ada <{User}>\r\nTo: Bob <bob@example.com>\r\nSubject: Hello from Ptt\r\n\r\nIt works.\r\n' | curl -sS --insecure --url {Url()} --user {User}:{Password} --mail-from {User} --mail-rcpt bob@example.com --upload-file -

        """;

    private string Url()
    {
        IConfigurationSection? implicitTls = configuration.GetSection("Ptt:Listeners").GetChildren()
            .FirstOrDefault(l => string.Equals(l["Tls"], "Implicit", StringComparison.OrdinalIgnoreCase) && l["EndPoint"] is not null);
        return "smtps://" + (implicitTls?["EndPoint"] ?? "127.0.0.1:4465").Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
    }
}
