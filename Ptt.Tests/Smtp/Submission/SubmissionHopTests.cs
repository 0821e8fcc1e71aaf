using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Submission;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Submission;

public sealed class SubmissionHopTests : IAliases, ISendingLimits
{
    private readonly RecordingHop _next = new();
    private readonly ManualTime _time = new();
    private readonly SubmissionOptions _options = new() { Hostname = "mail.example.test" };
    private SendingVerdict _verdict = SendingVerdict.Pass;

    private static readonly Login Ada = new() { Address = Mailbox.Parse("ada@example.test"), SendAs = ["*@lists.example.org", "other@example.net", "*@*.sub.example.org"] };

    [Theory]
    [InlineData("From: ada@example.test", null)]
    [InlineData("From: ADA@Example.TEST", null)]
    [InlineData("From: \"Lovelace, Ada\" <ada+news@example.test>", null)]
    [InlineData("From: x@lists.example.org", null)]
    [InlineData("From: x@a.sub.example.org", null)]
    [InlineData("From: other+x@example.net", null)]
    [InlineData("From: ada@example.test, other@example.net\r\nSender: ada@example.test", null)]
    [InlineData("Subject: none", "exactly one From")]
    [InlineData("From: ada@example.test\r\nFrom: eve@example.com", "exactly one From")]
    [InlineData("From: eve@example.com", "address in From")]
    [InlineData("From: x@sub.example.org", "address in From")]
    [InlineData("From: ada@example.test <eve@example.com>", "Cannot read")]
    [InlineData("From: \"ada@example.test\" <eve@example.com>", "address in From")]
    [InlineData("From: ada@example.test, eve@example.com\r\nSender: ada@example.test", "address in From")]
    [InlineData("From: ada@example.test, other@example.net", "need a Sender")]
    [InlineData("From: ada@example.test\r\nSender: eve@example.com", "address in Sender")]
    [InlineData("From: ada@example.test\r\nSender: ada@example.test\r\nSender: ada@example.test", "one Sender field")]
    [InlineData("From: friends: ada@example.test;", "Cannot read")]
    [InlineData("From:", "Cannot read")]
    [InlineData("From : eve@example.com", "address in From")]
    public async Task Only_what_belongs_to_the_login_may_stand_in_the_header(string header, string? refusal)
    {
        Reply reply = await SendAsync(header + "\r\n\r\nHello.\r\n");
        if (refusal is null)
        {
            Assert.True(reply.IsPositive, reply.ToString());
        }
        else
        {
            Assert.Equal((550, "5.7.1"), (reply.Code, reply.StatusText));
            Assert.Contains(refusal, reply.Text, StringComparison.Ordinal);
            Assert.Empty(_next.Taken);
        }
    }

    [Theory]
    [InlineData("ada@example.test", true)]
    [InlineData("Ada+x@example.test", true)]
    [InlineData("eve@example.test", false)]
    [InlineData("ada@example.com", false)]
    [InlineData(null, false)]
    public async Task A_foreign_reverse_path_is_refused(string? sender, bool allowed)
    {
        Reply reply = await SendAsync("From: ada@example.test\r\n\r\n", e => e with { ReversePath = sender is null ? null : Mailbox.Parse(sender) });
        Assert.Equal(allowed ? 250 : 550, reply.Code);
    }

    [Fact]
    public async Task A_service_may_use_the_null_sender() =>
        Assert.True((await SendAsync("From: ada@example.test\r\n\r\n", e => e with { ReversePath = null, Origin = e.Origin with { Login = Ada with { IsService = true } } })).IsPositive);

    [Fact]
    public async Task With_RewriteMailFrom_the_reverse_path_is_the_login()
    {
        _options.RewriteMailFrom = true;
        await SendAsync("From: ada@example.test\r\n\r\n", e => e with { ReversePath = Mailbox.Parse("eve@example.com") });
        Assert.Equal(Ada.Address, _next.Taken[0].Envelope.ReversePath);
    }

    [Fact]
    public async Task What_is_missing_is_added_and_what_nobody_may_see_is_removed()
    {
        await SendAsync("Return-Path: <x@y.example>\r\nFrom: ada@example.test\r\nBcc: secret@example.com,\r\n other@example.com\r\nSubject: x\r\n\r\nBody\r\n");
        string content = _next.Taken[0].Content;
        Assert.Matches("^Received: by mail.example.test with ESMTPSA id session\r\n for <bob@example.com>;\r\n Thu, 01 Jan 2026 00:00:00 \\+0000\r\nFrom: ada@example.test\r\nSubject: x\r\nDate: Thu, 01 Jan 2026 00:00:00 \\+0000\r\nMessage-ID: <[0-9a-f]{32}@mail.example.test>\r\n\r\nBody\r\n$", content);
    }

    [Fact]
    public async Task What_is_there_already_is_not_changed()
    {
        const string message = "From: ada@example.test\r\nDate: some day\r\nmessage-id: mine\r\nX: 1\r\n\r\nBody\r\n";
        await SendAsync(message);
        Assert.EndsWith(message, _next.Taken[0].Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_is_shown_only_where_that_is_wished()
    {
        await SendAsync("From: ada@example.test\r\n\r\n");
        _options.ShowClient = true;
        await SendAsync("From: ada@example.test\r\n\r\n", e => e with { SmtpUtf8 = true });
        Assert.DoesNotContain("192.0.2.7", _next.Taken[0].Content, StringComparison.Ordinal);
        Assert.Contains("from laptop ([192.0.2.7])", _next.Taken[1].Content, StringComparison.Ordinal);
        Assert.Contains("with UTF8SMTPSA", _next.Taken[1].Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_goes_in_circles_is_refused()
    {
        string hops = string.Concat(Enumerable.Repeat("Received: by x; y\r\n", 51));
        Assert.Equal("5.4.6", (await SendAsync(hops + "From: ada@example.test\r\n\r\n")).StatusText);
    }

    [Theory]
    [InlineData("not a field\r\n\r\nx\r\n", "5.6.0")]
    [InlineData("From: ada@example.test\r\nnot a field\r\n\r\nx\r\n", "5.6.0")]
    public async Task What_is_no_header_is_refused(string message, string status) => Assert.Equal(status, (await SendAsync(message)).StatusText);

    [Fact]
    public async Task An_alias_is_expanded_and_nobody_gets_the_message_twice()
    {
        await SendAsync("From: ada@example.test\r\n\r\n", e => e with
        {
            Recipients = [new(Mailbox.Parse("team@example.test")) { Notify = DsnNotify.Never }, new(Mailbox.Parse("bob@example.com")), new(Mailbox.Parse("bob@example.com"))],
        });
        Assert.Equal(["one@example.com", "bob@example.com"], _next.Taken[0].Envelope.Recipients.Select(r => r.Address.ToString()));
        Assert.Equal("rfc822;team@example.test", _next.Taken[0].Envelope.Recipients[0].OriginalRecipient);
        Assert.Equal(DsnNotify.Never, _next.Taken[0].Envelope.Recipients[0].Notify);
    }

    [Fact]
    public async Task A_login_over_its_limit_hears_the_limits_own_words()
    {
        _verdict = new SendingVerdict.Refused(new Reply(450, new(7, 1), "Enough for today"));
        Assert.Equal("450 4.7.1 Enough for today", (await SendAsync("From: ada@example.test\r\n\r\n")).ToString());
        _verdict = new SendingVerdict.Held("unusual");
        Assert.True((await SendAsync("From: ada@example.test\r\n\r\n")).IsPositive);
        Assert.Equal("unusual", Assert.Single(_next.Taken).Envelope.HoldReason);
    }

    [Fact]
    public async Task A_stranger_without_login_gets_nowhere() =>
        Assert.Equal(530, (await SendAsync("From: ada@example.test\r\n\r\n", e => e with { Origin = e.Origin with { Login = null } })).Code);

    public IReadOnlyList<Mailbox> Expand(Mailbox address) =>
        address.ToString() == "team@example.test" ? [Mailbox.Parse("one@example.com"), Mailbox.Parse("bob@example.com")] : [];

    public ValueTask<SendingVerdict> TakeAsync(Login login, IReadOnlyList<Mailbox> recipients, long size, CancellationToken cancellationToken) => ValueTask.FromResult(_verdict);

    private async Task<Reply> SendAsync(string message, Func<Envelope, Envelope>? change = null)
    {
        var envelope = new Envelope
        {
            ReversePath = Ada.Address,
            Recipients = [new Recipient(Mailbox.Parse("bob@example.com"))],
            Origin = new Origin
            {
                ReceivedAt = _time.GetUtcNow(), SessionId = "session", Client = IPAddress.Parse("192.0.2.7"), Helo = "laptop", Tls = "TLSv1.3 X", Extended = true, Login = Ada,
            },
        };
        var hop = new SubmissionHop(_next, this, this, new Monitor(_options), _time);
        return await hop.AcceptAsync(change?.Invoke(envelope) ?? envelope, MessageContent.FromMemory(Encoding.UTF8.GetBytes(message)), CancellationToken.None);
    }

    private sealed class Monitor(SubmissionOptions options) : IOptionsMonitor<SubmissionOptions>
    {
        public SubmissionOptions CurrentValue => options;

        public SubmissionOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<SubmissionOptions, string?> listener) => null;
    }
}
