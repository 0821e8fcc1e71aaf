using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Signing;
using Ptt.Tests.Mail.Dkim;
using Ptt.Tests.Smtp.Relay;
using Ptt.Tests.Support;
using Ptt.Web.Keys;
using Ptt.Web.Roles;

namespace Ptt.Tests.Web.Roles;

public sealed class SignatureRenewalTests : ISigningKeys
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(14);

    private readonly ManualTime _time = new();
    private SigningDecision _decision = new SigningDecision.Sign(DkimTestKeys.Both);

    [Fact]
    public async Task What_has_waited_past_half_of_its_signatures_time_is_signed_again_and_verifies_when_the_first_signatures_have_ended()
    {
        MessageContent content = await SignedAsync();
        _time.Advance(TimeSpan.FromDays(7));
        Assert.Same(content, await RenewAsync(content, TimeSpan.FromDays(7)));
        _time.Advance(TimeSpan.FromDays(4));
        MessageContent renewed = (await RenewAsync(content, TimeSpan.FromDays(11)))!;
        _time.Advance(TimeSpan.FromDays(10));

        IReadOnlyList<DkimResult> results = await new DkimVerifier(DkimTestKeys.Dns, _time).VerifyAsync(renewed, default);
        Assert.Equal([true, true, false, false], results.Select(r => r.IsPass));
        Assert.EndsWith(await DkimTestKeys.TextAsync(content), await DkimTestKeys.TextAsync(renewed), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11, true)]     // the old signatures are good for three more days
    [InlineData(13, false)]
    public async Task While_no_key_can_sign_the_old_signatures_do_as_long_as_they_are_good(int days, bool isSent)
    {
        MessageContent content = await SignedAsync();
        _decision = new SigningDecision.Unavailable("in this test");
        Assert.Equal(isSent ? content : null, await RenewAsync(content, TimeSpan.FromDays(days)));
    }

    [Fact]
    public async Task Mail_of_others_is_left_as_it_is()
    {
        MessageContent content = await SignedAsync();
        _decision = new SigningDecision.NotOurs();
        Assert.Same(content, await RenewAsync(content, TimeSpan.FromDays(100)));
    }

    [Fact]
    public async Task The_relay_sends_what_was_signed_again_and_keeps_what_cannot_be()
    {
        await using var server = new ScriptedServer();
        await using var relay = new RelayHarness(new StaticResolver("one.test A 127.0.0.1", "two.test A 127.0.0.1"), server.EndPoint.Port);
        var spool = new MemorySpool(relay.Time);
        using RelayWorker worker = relay.Worker(spool, new Fresh());
        await worker.StartAsync(default);
        await spool.AddAsync(Mails.Envelope("a@one.test b@two.test"), Mails.Content(), default);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (server.Mails.IsEmpty)
        {
            await Task.Delay(10, limit.Token);
        }

        await worker.StopAsync(default);
        Assert.StartsWith("X-Fresh: yes\r\n", Assert.Single(server.Mails).Text, StringComparison.Ordinal);
        Assert.Equal(1, spool.Count);                                            // that of two.test
    }

    public ValueTask<SigningDecision> ForAsync(DomainName fromDomain, CancellationToken cancellationToken) => ValueTask.FromResult(_decision);

    private Task<MessageContent> SignedAsync() => DkimTestKeys.SignAsync(
        DkimTestKeys.Message("From: ada@example.org\r\nSubject: held\r\n\r\nHi.\r\n"), _time, policy: SigningPolicy.Default with { Lifetime = Lifetime });

    private async Task<MessageContent?> RenewAsync(MessageContent content, TimeSpan age)
    {
        var signer = new ReportSigner(this, new DkimSigner(SigningPolicy.Default with { Lifetime = Lifetime }, _time), NullLogger<SigningHop>.Instance);
        var delivery = new Delivery
        {
            Id = SpoolId.Next(_time), Destination = new Destination("example.net"), Recipients = [], Size = content.Length, AcceptedAt = _time.GetUtcNow() - age, Attempt = 2, Lease = 1,
            Envelope = new Envelope { ReversePath = Mailbox.Parse("ada@example.org"), Recipients = [], Origin = new Origin { ReceivedAt = default, SessionId = "s" } },
        };
        return await new SignatureRenewal(signer, Options.Create(new KeysOptions { RetireFor = Lifetime })).RenewAsync(delivery, content, age, default);
    }

    private sealed class Fresh : ISignatureRenewal
    {
        public ValueTask<MessageContent?> RenewAsync(Delivery delivery, MessageContent content, TimeSpan age, CancellationToken cancellationToken) =>
            ValueTask.FromResult(delivery.Destination.Name == "two.test" ? null : content.WithFront("X-Fresh: yes\r\n"u8.ToArray()));
    }
}
