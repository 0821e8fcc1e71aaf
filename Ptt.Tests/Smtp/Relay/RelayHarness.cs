using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Relay.Pacing;
using Ptt.Smtp.Relay.Security;
using Ptt.Smtp.Relay.Sources;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Relay;

/// <summary>A relay of real parts whose DNS is a table and whose world is loopback.</summary>
internal sealed class RelayHarness : IAsyncDisposable
{
    private readonly SessionPool _pool;

    public RelayHarness(IResolver resolver, int port, Action<RelayOptions>? configure = null, TimeProvider? time = null, ISuppressions? suppressions = null, IReportSigner? signer = null, StsPolicies? sts = null, ITlsReports? reports = null)
    {
        Time = time ?? TimeProvider.System;
        Options = new RelayOptions { HeloName = "relay.test", Port = port, AllowPrivateAddresses = true, UseIPv6 = false };
        configure?.Invoke(Options);
        _pool = new SessionPool(new Dialer(new AddressPolicy(Options.AllowPrivateAddresses), Time),
            new SessionPoolOptions { HeloName = Options.HeloName, MaxConnections = Options.MaxConnections, Timeouts = Options.Timeouts }, Time);
        Memory = new HostMemory(Time);
        Pacer = new Pacer(Options, Time);
        var dialer = new Dialer(new AddressPolicy(Options.AllowPrivateAddresses), Time);
        var tls = new TlsPolicyFinder(resolver, sts, Options);
        var routing = new Routing(new RouteTable(Options.Routes), new MxLookup(resolver, [DomainName.Parse("relay.test")], new Random(1)),
            new AddressLookup(resolver, Options.UseIPv6), new SystemNames(Time), Options);
        Sources = new SourceAddresses(RelayServices.SourcesOf(Options), RelayServices.WarmUp(Options), Time);
        Deliverer = new Deliverer(routing, tls, _pool, Memory, Pacer, Time, suppressions, Sources, reports);
        Explainer = new Explainer(routing, tls, Memory, Pacer, dialer, Options, suppressions, Sources);
        Clock = new SteadyClock(Time);
        Outcomes = new Outcomes(Options, new RetrySchedule(Options.RetrySchedule), new Bounces(Options.HeloName, Clock, signer), Clock, new Random(1));
    }

    public TimeProvider Time { get; }

    public RelayOptions Options { get; }

    public SourceAddresses Sources { get; }

    public HostMemory Memory { get; }

    public Deliverer Deliverer { get; }

    public Pacer Pacer { get; }

    public Explainer Explainer { get; }

    public SteadyClock Clock { get; }

    public Outcomes Outcomes { get; }

    public SessionPool Pool => _pool;

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    public ValueTask<DeliveryAttempt> DeliverAsync(string recipients, int attempt = 1, Func<Delivery, Delivery>? with = null)
    {
        Delivery delivery = Delivery(Mails.Envelope(recipients), attempt);
        return Deliverer.DeliverAsync(with?.Invoke(delivery) ?? delivery, Mails.Content(), CancellationToken.None);
    }

    public Delivery Delivery(Envelope envelope, int attempt = 1, DateTimeOffset? acceptedAt = null) => new()
    {
        Id = SpoolId.Next(Time),
        Destination = Destination.Of(envelope.Recipients[0].Address),
        Envelope = envelope,
        Recipients = [.. envelope.Recipients.Select((r, i) => new QueuedRecipient(i, r))],
        Size = Mails.Content().Length,
        AcceptedAt = acceptedAt ?? Time.GetUtcNow(),
        Attempt = attempt,
        Lease = 1,
        Content = Mails.Content(),
    };

    public RelayWorker Worker(ISpool spool, ISignatureRenewal? renewal = null) => new(
        spool, Deliverer, Outcomes, Pacer, new RelayMeters(new TestMeters(), _pool), Clock, Options, Time, NullLogger<RelayWorker>.Instance, renewal);

    private sealed class TestMeters : System.Diagnostics.Metrics.IMeterFactory
    {
        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
