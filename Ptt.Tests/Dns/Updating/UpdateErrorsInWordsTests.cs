using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;
using Ptt.Tests.Support;

namespace Ptt.Tests.Dns.Updating;

/// <summary>Every way in which a real BIND says no, and the words that the administrator reads.</summary>
public sealed class UpdateErrorsInWordsTests(UpdateErrorsInWordsTests.Bind bind) : IClassFixture<UpdateErrorsInWordsTests.Bind>
{
    private static readonly DomainName Zone = DomainName.Parse("example.org");
    private static readonly DomainName Name = Zone.Below("s1._domainkey");
    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt"), TsigAlgorithm.HmacSha256);
    private static readonly TsigKey OfAnotherZone = TsigKey.Generate(DomainName.Parse("other"), TsigAlgorithm.HmacSha256);
    private static readonly ZoneUpdate Update = new(Zone, [new Prerequisite.Absent(Name, RecordType.Txt)], [Add(Name)]);

    public static TheoryData<string, UpdateFailure, string, object, object> Refusals => new()
    {
        { "a key that it does not know", UpdateFailure.BadKey, "does not know the key stranger with SHA256 (BADKEY)", TsigKey.Generate(DomainName.Parse("stranger"), TsigAlgorithm.HmacSha256), Update },
        { "the key with another algorithm", UpdateFailure.BadKey, "does not know the key ptt with SHA512 (BADKEY)", new TsigKey(Key.Name, TsigAlgorithm.HmacSha512, new byte[64]), Update },
        { "another secret", UpdateFailure.BadSig, "our signature does not fit its secret (BADSIG). Compare the secret", TsigKey.Generate(Key.Name, Key.Algorithm), Update },
        { "the key of another zone", UpdateFailure.Refused, "refuses to change example.org for the key other (REFUSED). Permit it there", OfAnotherZone, Update },
        { "a zone that it does not have", UpdateFailure.NotAuth, "is not the primary of example.net (NOTAUTH). Name the primary in Ptt:Dns:Update:Zones:example.net:Server", Key, new ZoneUpdate(DomainName.Parse("example.net"), [], [Add(DomainName.Parse("a.example.net"))]) },
        { "a name outside the zone", UpdateFailure.NotZone, "lies outside the zone example.org (NOTZONE)", Key, new ZoneUpdate(Zone, [], [Add(DomainName.Parse("a.example.net"))]) },
        { "a foreign record in the way", UpdateFailure.YXRRset, "A record that we did not write is in the way in example.org (YXRRSET). It was left alone", Key, new ZoneUpdate(Zone, [new Prerequisite.Absent(Zone.Below("taken"), RecordType.Txt)], [Add(Zone.Below("taken"))]) },
        { "a record of ours that was changed", UpdateFailure.NXRRset, "is no longer what we wrote (NXRRSET). It was left alone", Key, new ZoneUpdate(Zone, [new Prerequisite.HasExactly(Zone.Below("taken"), RecordType.Txt, [new RecordData.Txt("ours")])], [new ZoneChange.DeleteSet(Zone.Below("taken"), RecordType.Txt)]) },
        { "a name that is in use", UpdateFailure.YXDomain, "A record that we did not write is in the way in example.org (YXDOMAIN)", Key, new ZoneUpdate(Zone, [new Prerequisite.NameNotInUse(Zone)], [Add(Name)]) },
        { "a name that is not in use", UpdateFailure.NXDomain, "is no longer what we wrote (NXDOMAIN)", Key, new ZoneUpdate(Zone, [new Prerequisite.NameInUse(Zone.Below("nobody"))], [Add(Name)]) },
        { "a zone that it cannot write", UpdateFailure.ServFail, "could not carry out the update of jammed.test (SERVFAIL). Its log says why", Key, new ZoneUpdate(DomainName.Parse("jammed.test"), [], [Add(DomainName.Parse("a.jammed.test"))]) },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task It_refuses(string what, UpdateFailure reason, string words, object key, object update)
    {
        UpdateResult result = await new UpdateClient(TimeProvider.System).SendAsync((ZoneUpdate)update, bind.Server.EndPoint, (TsigKey)key, CancellationToken.None);

        var failed = Assert.IsType<UpdateResult.Failed>(result);
        Assert.True(reason == failed.Reason, $"{what}: {failed}\n{bind.Server.Log}");
        Assert.Contains(words, failed.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_foreign_record_is_still_there()
    {
        (int code, string output) = await Daemon.RunAsync(
            Daemon.Find("dig", "bind9-dnsutils"), ["@127.0.0.1", "-p", $"{bind.Server.EndPoint.Port}", "+short", "taken.example.org", "TXT"]);
        Assert.Equal((0, "\"theirs\"\n"), (code, output));
    }

    [Fact]
    public async Task A_clock_that_is_hours_wrong_costs_one_more_try()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow.AddHours(3));
        DomainName name = Zone.Below("late");
        var done = Assert.IsType<UpdateResult.Done>(await new UpdateClient(time).SendAsync(new ZoneUpdate(Zone, [], [Add(name)]), bind.Server.EndPoint, Key, CancellationToken.None));
        Assert.InRange(done.ClockSkew, TimeSpan.FromHours(-3.1), TimeSpan.FromHours(-2.9));
    }

    [Fact]
    public async Task A_clock_that_jumps_between_the_two_tries_is_told_apart()
    {
        UpdateResult result = await new UpdateClient(new JumpingClock()).SendAsync(Update, bind.Server.EndPoint, Key, CancellationToken.None);

        var failed = Assert.IsType<UpdateResult.Failed>(result);
        Assert.True(failed.Reason == UpdateFailure.BadTime, failed + bind.Server.Log);
        Assert.Matches(@"clocks of .* and of this machine are \d+ s apart \(BADTIME\), also after taking over the server's time\. Set both clocks\.", failed.Explanation);
    }

    [Fact]
    public async Task A_server_that_hangs_may_have_done_it()
    {
        await using NamedServer held = await NewServerAsync();
        await held.PauseAsync(on: true);
        UpdateResult result = await new UpdateClient(TimeProvider.System) { Timeout = TimeSpan.FromSeconds(1) }.SendAsync(Update, held.EndPoint, Key, CancellationToken.None);
        await held.PauseAsync(on: false);

        var failed = Assert.IsType<UpdateResult.Failed>(result);
        Assert.True(failed is { Reason: UpdateFailure.Timeout, MayHaveHappened: true }, failed.ToString());
        Assert.Contains("did not answer by TCP within 1 s. Whether the update was carried out is not known; it is read back before the next attempt.", failed.Explanation, StringComparison.Ordinal);
    }

    private static ZoneChange.Add Add(DomainName name) => new(new ResourceRecord(name, RecordType.Txt, TimeSpan.FromMinutes(5), new RecordData.Txt("x")));

    private static Task<NamedServer> NewServerAsync() => NamedServer.StartPrimaryAsync(
        new Dictionary<string, string[]> { ["example.org"] = ["taken.example.org TXT \"theirs\""], ["jammed.test"] = [] }, [Key],
        more: $$"""key "other" { algorithm hmac-sha256; secret "{{OfAnotherZone.ToSecretText().Split(':')[2]}}"; };""");

    /// <summary>One server for all; in place of the journal of one zone lies a directory, so that nothing can be written there.</summary>
    public sealed class Bind : IAsyncLifetime
    {
        internal NamedServer Server { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Server = await NewServerAsync();
            Directory.CreateDirectory(Path.Combine(Server.Directory, "jammed.test.zone.jnl"));
        }

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    /// <summary>An hour wrong when the first try is signed and its reply judged, two hours for the second.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private int _looks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow.AddHours(++_looks <= 2 ? 1 : 2);
    }
}
