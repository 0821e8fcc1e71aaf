using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Relay;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Submission;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Users;
using Ptt.Web.Users.Changes;

namespace Ptt.Tests.Web.Users;

public sealed class SendingLimitsTests
{
    private int _recipient;

    [Theory]
    [InlineData("defer", 450)]
    [InlineData("refuse", 550)]
    public async Task Over_the_limit_the_reply_is_soft_or_hard_until_the_window_has_moved(string over, int code)
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", limits = new { recipientsPerHour = 5, overLimit = over } });
        Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, 3));
        Assert.Equal(code, Assert.IsType<SendingVerdict.Refused>(await TakeAsync(host, 3)).Reply.Code);
        Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, 2));   // what was refused was not counted
        host.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, 5));
    }

    [Fact]
    public async Task The_count_outlives_a_restart_and_a_domain_gives_the_limit_where_the_user_has_none()
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTime();
        await using (ApiHost first = await UsersHost.StartAsync(directory.Path, time))
        {
            await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(first.Client(), "/api/v1/domains", new { domain = "example.org", limits = new { recipientsPerDay = 10 } });
            await first.CreateAsync(new { address = "ada@example.org" });
            Assert.IsType<SendingVerdict.Passed>(await TakeAsync(first, 8));
        }

        await using ApiHost second = await UsersHost.StartAsync(directory.Path, time);
        Assert.IsType<SendingVerdict.Refused>(await TakeAsync(second, 3));
        Assert.IsType<SendingVerdict.Passed>(await TakeAsync(second, 2));
        Assert.Equal(10, second.Services.GetRequiredService<UserSending>().UsageOf(UsersHost.Address("ada@example.org")).LastDay);
    }

    [Fact]
    public async Task New_recipients_are_those_not_written_to_before()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", limits = new { newRecipientsPerDay = 2 } });
        Mailbox[] friends = [Mailbox.Parse("a@example.com"), Mailbox.Parse("b@example.com")];
        for (int i = 0; i < 5; i++)
        {
            Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, friends));
        }

        Assert.IsType<SendingVerdict.Refused>(await TakeAsync(host, [Mailbox.Parse("c@example.com")]));
    }

    [Fact]
    public async Task A_login_that_suddenly_writes_to_strangers_is_held_until_it_is_released()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org" });
        UserSending users = host.Services.GetRequiredService<UserSending>();
        for (int day = 0; day < 10; day++)
        {
            Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, 5));
            host.Time.Advance(TimeSpan.FromDays(1));
        }

        Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, 90));
        Assert.IsType<SendingVerdict.Held>(await TakeAsync(host, 90));
        Assert.IsType<SendingVerdict.Held>(await TakeAsync(host, 1));
        Assert.Equal("ada@example.org", Assert.Single(users.Held).Address);
        await users.ReleaseAsync(UsersHost.Address("ada@example.org"), "t", default);
        Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, 1));
    }

    [Fact]
    public async Task What_is_usual_is_learnt_although_the_server_restarts_every_day()
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTime();
        await using (ApiHost first = await UsersHost.StartWithDomainAsync(directory.Path, time))
        {
            await first.CreateAsync(new { address = "ada@example.org" });
        }

        for (int day = 0; day < 9; day++)
        {
            await using ApiHost host = await UsersHost.StartAsync(directory.Path, time);
            Assert.IsType<SendingVerdict.Passed>(await TakeAsync(host, 5));
            time.Advance(TimeSpan.FromDays(1));
        }

        await using ApiHost last = await UsersHost.StartAsync(directory.Path, time);
        Assert.Equal("unusual: 150 new recipients within a day, usually 5", Assert.IsType<SendingVerdict.Held>(await TakeAsync(last, 150)).Reason);
    }

    [Theory]
    [InlineData(0, 100, 19, false)]    // too few
    [InlineData(0, 10, 20, true)]      // a new login
    [InlineData(0, 70, 20, false)]     // not a great share
    [InlineData(50, 20, 60, false)]    // as always
    [InlineData(10, 20, 20, true)]     // five times what is usual
    public async Task A_login_many_of_whose_recipients_suddenly_do_not_exist_is_held_also_after_a_restart(int usualPercent, int delivered, int unknown, bool held)
    {
        using var directory = new TemporaryDirectory();
        var time = new ManualTime();
        Mailbox ada = UsersHost.Address("ada@example.org");
        await using (ApiHost host = await UsersHost.StartWithDomainAsync(directory.Path, time))
        {
            await host.CreateAsync(new { address = "ada@example.org" });
            IRecipientResults results = host.Services.GetRequiredService<IRecipientResults>();
            if (usualPercent > 0)
            {
                results.Heard(ada, 100 - usualPercent, 0);
                host.Services.GetRequiredService<IOptionsMonitor<UsersOptions>>().CurrentValue.HoldUnusual = false;
                results.Heard(ada, 0, usualPercent);
                host.Services.GetRequiredService<IOptionsMonitor<UsersOptions>>().CurrentValue.HoldUnusual = true;
                time.Advance(TimeSpan.FromDays(2));
            }

            results.Heard(ada, delivered, unknown - 1);
        }

        await using ApiHost again = await UsersHost.StartAsync(directory.Path, time);
        again.Services.GetRequiredService<IRecipientResults>().Heard(ada, 0, 1);
        SendingVerdict verdict = await TakeAsync(again, 1);
        if (!held)
        {
            Assert.IsType<SendingVerdict.Passed>(verdict);
            return;
        }

        string reason = Assert.IsType<SendingVerdict.Held>(verdict).Reason;
        Assert.StartsWith($"unusual: {unknown} of {delivered + unknown} recipients within a day do not exist, usually ", reason, StringComparison.Ordinal);
        Assert.Equal($"What ada@example.org sends is held: {reason}", Assert.Single(again.Services.GetRequiredService<IAlarms>().Current).Text);
        UserSending sending = again.Services.GetRequiredService<UserSending>();
        Assert.Equal((delivered, unknown, reason), (sending.UsageOf(ada).DeliveredLastDay, sending.UsageOf(ada).UnknownLastDay, sending.UsageOf(ada).HeldReason));

        await sending.ReleaseAsync(ada, "t", default);
        again.Services.GetRequiredService<IRecipientResults>().Heard(ada, 0, 1);
        Assert.IsType<SendingVerdict.Passed>(await TakeAsync(again, 1));   // one more is no leap
    }

    [Fact]
    public async Task A_message_larger_than_the_user_may_send_is_refused()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org", limits = new { messageSize = 1000 } });
        Assert.Equal(552, Assert.IsType<SendingVerdict.Refused>(await TakeAsync(host, [Mailbox.Parse("a@example.com")], 1001)).Reply.Code);
    }

    [Theory]
    [InlineData("list@example.org", "a@example.com b@example.org")]
    [InlineData("list+tag@example.org", "a@example.com b@example.org")]
    [InlineData("list@alias.example", "a@example.com b@example.org")]
    [InlineData("loop@example.org", "loop@example.org a@example.com")]
    [InlineData("circle1@example.org", "")]
    [InlineData("postmaster@example.org", "root@example.org")]
    [InlineData("abuse@alias.example", "root@example.org")]
    [InlineData("nobody@example.org", "")]
    [InlineData("someone@elsewhere.example", "")]
    public async Task An_alias_leads_to_its_ends_without_doubles_or_circles(string address, string ends)
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(host.Client(), "/api/v1/domains", new { domain = "alias.example", aliasOf = "example.org" });
        await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(host.Client(), "/api/v1/users/batch", new
        {
            users = new object[]
            {
                new { address = "root@example.org", roles = new[] { "admin" } },
                new { address = "list@example.org", targets = new[] { "inner@example.org", "a@example.com" } },
                new { address = "inner@example.org", targets = new[] { "a@example.com", "b@example.org" } },
                new { address = "b@example.org" },
                new { address = "loop@example.org", targets = new[] { "loop@example.org", "a@example.com" } },
                new { address = "circle1@example.org", targets = new[] { "circle2@example.org" } },
                new { address = "circle2@example.org", targets = new[] { "circle1@example.org" } },
            },
        });

        Assert.Equal(ends, string.Join(' ', host.Services.GetRequiredService<IAliases>().Expand(UsersHost.Address(address))));
    }

    private ValueTask<SendingVerdict> TakeAsync(ApiHost host, int recipients) =>
        TakeAsync(host, [.. Enumerable.Range(0, recipients).Select(_ => Mailbox.Parse($"r{_recipient++}@example.com"))]);

    private static ValueTask<SendingVerdict> TakeAsync(ApiHost host, Mailbox[] recipients, long size = 500) =>
        host.Services.GetRequiredService<ISendingLimits>().TakeAsync(new Login { Address = UsersHost.Address("ada@example.org") }, recipients, size, CancellationToken.None);
}
