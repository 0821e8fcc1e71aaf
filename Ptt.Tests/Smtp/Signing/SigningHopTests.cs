using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Signing;
using Ptt.Tests.Mail.Dkim;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Signing;

public sealed class SigningHopTests
{
    private readonly ManualTime _time = new();
    private readonly Recorder _next = new();

    [Fact]
    public async Task What_our_domain_sends_is_signed_and_passed_on()
    {
        Reply reply = await SendAsync("From: Ada <ada@example.org>\r\n\r\nHi.\r\n");
        Assert.Equal("250 2.0.0 Queued", reply.ToString());
        IReadOnlyList<DkimResult> results = await new DkimVerifier(DkimTestKeys.Dns, _time).VerifyAsync(_next.Content!, default);
        Assert.Equal(["r1 pass", "e1 pass"], results.Select(r => $"{r.Selector} {r.Word}"));
    }

    [Fact]
    public async Task Mail_of_another_domain_passes_as_it_is()
    {
        const string Text = "From: Ada <ada@elsewhere.example>\r\n\r\nHi.\r\n";
        Assert.True((await SendAsync(Text)).IsPositive);
        Assert.Equal(Text, await DkimTestKeys.TextAsync(_next.Content!));
    }

    [Theory]
    [InlineData("unavailable")]
    [InlineData("none")]
    [InlineData("faulty")]
    public async Task What_cannot_be_signed_is_put_off_and_never_passed_on(string keys)
    {
        SigningDecision decision = keys switch
        {
            "unavailable" => new SigningDecision.Unavailable("gone"),
            "none" => new SigningDecision.Sign([]),
            _ => new SigningDecision.Sign([DkimTestKeys.Rsa, new FaultyKey()]),
        };
        Assert.Equal("451 4.7.5 The message cannot be signed now, try again later", (await SendAsync("From: ada@example.org\r\n\r\n", decision)).ToString());
        Assert.Null(_next.Content);
    }

    [Theory]
    [InlineData("To: ada@example.org\r\n\r\n", "needs one From")]
    [InlineData("From: ada@example.org\r\nFrom: eve@example.org\r\n\r\n", "needs one From")]
    [InlineData("From: undisclosed:;\r\n\r\n", "needs one From")]
    [InlineData("From: ada@example.org, eve@elsewhere.example\r\n\r\n", "needs one From")]
    [InlineData("From: ada at example.org\r\n\r\n", "needs one From")]
    [InlineData("From: ada@[192.0.2.1]\r\n\r\n", "needs one From")]
    [InlineData("From ada@example.org\r\n\r\n", "header of the message is malformed")]
    [InlineData("From: ada@example.org\r\n\r\nbare\nline\r\n", "must end with CRLF")]
    [InlineData("From: ada@example.org\r\n\r\nbare\rline\r\n", "must end with CRLF")]
    [InlineData("From: ada@example.org\r\n\r\nno end", "must end with CRLF")]
    [InlineData("From: ada@example.org\r\n\r\nn\0ul\r\n", "NUL")]
    public async Task What_would_not_arrive_as_signed_is_refused(string text, string words)
    {
        foreach (int memoryLimit in new[] { 0, 100_000 })
        {
            await using var builder = new MessageContentBuilder(memoryLimit);
            builder.Append(Encoding.Latin1.GetBytes(text));
            await using MessageContent content = builder.ToContent();
            Reply reply = await Hop(null).AcceptAsync(Envelope, content, default);
            Assert.Equal((550, "5.6.0"), (reply.Code, reply.StatusText));
            Assert.Contains(words, reply.Text, StringComparison.Ordinal);
            Assert.Null(_next.Content);
        }
    }

    [Fact]
    public async Task A_body_line_of_more_than_998_octets_is_encoded_before_it_is_signed_and_such_a_header_refused()
    {
        Assert.True((await SendAsync("From: ada@example.org\r\n\r\n" + new string('x', 998) + "\r\n")).IsPositive);
        Assert.DoesNotContain("quoted-printable", await DkimTestKeys.TextAsync(_next.Content!), StringComparison.Ordinal);
        Assert.True((await SendAsync("From: ada@example.org\r\n\r\n" + new string('x', 100_000) + "\r\n")).IsPositive);
        Assert.Contains("998", (await SendAsync("From: ada@example.org\r\nSubject: " + new string('x', 999) + "\r\n\r\n")).Text, StringComparison.Ordinal);

        Assert.True((await SendAsync("From: ada@example.org\r\n\r\n" + new string('x', 999) + "\r\n")).IsPositive);
        Assert.Null(await RegularOctets.CheckAsync(_next.Content!, default));
        Assert.All(await new DkimVerifier(DkimTestKeys.Dns, _time).VerifyAsync(_next.Content!, default), r => Assert.True(r.IsPass, r.Detail));
    }

    [Fact]
    public async Task Several_authors_of_one_domain_are_signed_for() =>
        Assert.True((await SendAsync("From: ada@example.org, eve@example.org\r\nSender: ada@example.org\r\n\r\n")).IsPositive);

    private static Envelope Envelope => new()
    {
        ReversePath = Mailbox.Parse("ada@example.org"),
        Recipients = [new Recipient(Mailbox.Parse("grace@example.net"))],
        Origin = new Origin { ReceivedAt = default, SessionId = "s" },
    };

    private ValueTask<Reply> SendAsync(string text, SigningDecision? decision = null) =>
        Hop(decision).AcceptAsync(Envelope, DkimTestKeys.Message(text), default);

    private SigningHop Hop(SigningDecision? decision) =>
        new(_next, new Keys(decision), new DkimSigner(SigningPolicy.Default, _time), NullLogger<SigningHop>.Instance);

    private sealed class Keys(SigningDecision? decision) : ISigningKeys
    {
        public ValueTask<SigningDecision> ForAsync(DomainName fromDomain, CancellationToken cancellationToken) => ValueTask.FromResult(
            fromDomain != DomainName.Parse("example.org") ? new SigningDecision.NotOurs() : decision ?? new SigningDecision.Sign(DkimTestKeys.Both));
    }

    private sealed class FaultyKey : IDkimKey
    {
        public DomainName Domain => DomainName.Parse("example.org");
        public string Selector => "f1";
        public DkimAlgorithm Algorithm => DkimAlgorithm.RsaSha256;
        public byte[] SignHash(ReadOnlySpan<byte> sha256) => throw new CryptographicException("broken");
    }

    private sealed class Recorder : INextHop
    {
        public MessageContent? Content { get; private set; }

        public ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
        {
            Content = content;
            return ValueTask.FromResult(new Reply(250, new(0, 0), "Queued"));
        }
    }
}
