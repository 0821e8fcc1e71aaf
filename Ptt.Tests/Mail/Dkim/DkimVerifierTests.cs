using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Dkim;

public sealed class DkimVerifierTests
{
    private const string Letter = "From: ada@example.org\r\nTo: grace@example.net\r\n\r\nHi.\r\n";

    private static string Rsa => DkimTestKeys.Rsa.PublicRecord.ToString();

    private readonly ManualTime _time = new();

    public static TheoryData<string, string, DkimVerdict, string> Records() => new()
    {
        { "good", Rsa, DkimVerdict.Pass, "" },
        { "no version", Rsa.Replace("v=DKIM1; ", ""), DkimVerdict.Pass, "" },
        { "testing", Rsa.Replace("k=rsa", "t=y"), DkimVerdict.Pass, "the domain is testing DKIM" },
        { "revoked", DkimTestKeys.Rsa.PublicRecord.Revoked().ToString(), DkimVerdict.PermError, "the key is revoked" },
        { "another key", new RsaKeyOf(1024).Record, DkimVerdict.Fail, "the signature does not fit the header" },
        { "other type", DkimTestKeys.Ed25519.PublicRecord.ToString(), DkimVerdict.PermError, "the key is of another algorithm" },
        { "unknown type", Rsa.Replace("k=rsa", "k=dsa"), DkimVerdict.PermError, "the key record cannot be read" },
        { "wrong version", Rsa.Replace("DKIM1", "DKIM2"), DkimVerdict.PermError, "the key record cannot be read" },
        { "version not first", "k=rsa; v=DKIM1; " + Rsa[Rsa.IndexOf("p=", StringComparison.Ordinal)..], DkimVerdict.PermError, "the key record cannot be read" },
        { "sha1 only", Rsa.Replace("k=rsa", "h=sha1"), DkimVerdict.PermError, "the key does not allow sha256" },
        { "both hashes", Rsa.Replace("k=rsa", "h=sha1:sha256"), DkimVerdict.Pass, "" },
        { "not for mail", Rsa.Replace("k=rsa", "s=tlsrpt"), DkimVerdict.PermError, "the key is not for mail" },
        { "for mail", Rsa.Replace("k=rsa", "s=email:other"), DkimVerdict.Pass, "" },
        { "no key", "v=DKIM1; k=rsa", DkimVerdict.PermError, "the key record cannot be read" },
        { "garbage", "v=DKIM1; k=rsa; p=AAAA", DkimVerdict.PermError, "the key cannot be read" },
        { "short", new RsaKeyOf(512).Record, DkimVerdict.PermError, "the key has fewer than 1024 bits" },
        { "spaces in p=", Rsa.Insert(Rsa.Length - 20, " "), DkimVerdict.Pass, "" },
    };

    [Theory, MemberData(nameof(Records))]
    public async Task The_key_record_decides(string what, string record, DkimVerdict verdict, string detail)
    {
        DkimResult result = await VerifyAsync(await SignedAsync(), new StaticResolver($"r1._domainkey.example.org TXT {DkimTestKeys.Txt(record)}"));
        Assert.True((verdict, detail) == (result.Verdict, result.Detail), $"{what}: {result}");
    }

    [Fact]
    public async Task What_DNS_does_not_say_is_told_apart()
    {
        string signed = await SignedAsync();
        Assert.Equal(DkimVerdict.PermError, (await VerifyAsync(signed, new StaticResolver())).Verdict);
        Assert.Equal(DkimVerdict.TempError, (await VerifyAsync(signed, new StaticResolver().Fail("r1._domainkey.example.org"))).Verdict);
        DkimResult two = await VerifyAsync(signed, new StaticResolver(
            DkimTestKeys.Record("r1", DkimTestKeys.Rsa.PublicRecord), "r1._domainkey.example.org TXT \"v=DKIM1; p=\""));
        Assert.Equal((DkimVerdict.PermError, "there are several records at the key's name"), (two.Verdict, two.Detail));
    }

    [Theory]
    [InlineData("v=1;", "v=2;", DkimVerdict.PermError, "v= is not 1")]
    [InlineData("v=1; ", "", DkimVerdict.PermError, "v= is missing")]
    [InlineData("v=1;", "v=1; v=1;", DkimVerdict.PermError, "the tags cannot be read")]
    [InlineData("a=rsa-sha256", "a=rsa-sha1", DkimVerdict.PermError, "the algorithm is not one of rsa-sha256, ed25519-sha256")]
    [InlineData("c=relaxed/relaxed", "c=loose", DkimVerdict.PermError, "c= is unknown")]
    [InlineData("d=example.org", "d=a..b", DkimVerdict.PermError, "d= or s= is not a name")]
    [InlineData("s=r1;", "s=r1; i=@elsewhere.example;", DkimVerdict.PermError, "i= is not within d=")]
    [InlineData("s=r1;", "s=r1; l=0;", DkimVerdict.Fail, "the body was changed")]
    [InlineData("s=r1;", "s=r1; l=99999;", DkimVerdict.Fail, "the body was changed")]
    [InlineData("s=r1;", "s=r1; l=-1;", DkimVerdict.PermError, "t=, x= or l= is not a number")]
    [InlineData("h=From:From:", "h=", DkimVerdict.PermError, "h= does not name From")]
    [InlineData("h=From:", "h=From::", DkimVerdict.PermError, "h= does not name From")]
    [InlineData("bh=", "bh=!", DkimVerdict.PermError, "bh= or b= is not base64")]
    [InlineData("x=", "x=1; z=", DkimVerdict.PermError, "x= is not after t=")]
    public async Task A_signature_that_breaks_the_rules_is_refused(string from, string to, DkimVerdict verdict, string detail)
    {
        string signed = await SignedAsync();
        Assert.Contains(from, signed, StringComparison.Ordinal);
        DkimResult result = await VerifyAsync(signed.Replace(from, to, StringComparison.Ordinal), DkimTestKeys.Dns);
        Assert.Equal((verdict, detail), (result.Verdict, result.Detail));
    }

    [Fact]
    public async Task A_signature_has_its_time()
    {
        string signed = await SignedAsync();
        _time.Advance(TimeSpan.FromDays(14));
        Assert.True((await VerifyAsync(signed, DkimTestKeys.Dns)).IsPass);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((DkimVerdict.Policy, "the signature has expired"), Of(await VerifyAsync(signed, DkimTestKeys.Dns)));
        _time.JumpTo(_time.GetUtcNow() - TimeSpan.FromDays(15));
        Assert.Equal((DkimVerdict.Policy, "the signature is of the future"), Of(await VerifyAsync(signed, DkimTestKeys.Dns)));
    }

    [Fact]
    public async Task No_more_than_a_few_signatures_are_looked_at()
    {
        string signed = await SignedAsync();
        string field = signed[..(signed.IndexOf("\r\nFrom:", StringComparison.Ordinal) + 2)];
        string many = string.Concat(Enumerable.Repeat(field, 100)) + Letter;
        Assert.Equal(DkimVerifier.MaxSignatures, (await new DkimVerifier(DkimTestKeys.Dns, _time).VerifyAsync(DkimTestKeys.Message(many), default)).Count);
        Assert.Empty(await new DkimVerifier(DkimTestKeys.Dns, _time).VerifyAsync(DkimTestKeys.Message(Letter), default));
    }

    private static (DkimVerdict, string) Of(DkimResult result) => (result.Verdict, result.Detail);

    private async Task<string> SignedAsync() =>
        await DkimTestKeys.TextAsync(await DkimTestKeys.SignAsync(DkimTestKeys.Message(Letter), _time, [DkimTestKeys.Rsa]));

    private async Task<DkimResult> VerifyAsync(string text, StaticResolver resolver) =>
        Assert.Single(await new DkimVerifier(resolver, _time).VerifyAsync(DkimTestKeys.Message(text), default));

    private sealed class RsaKeyOf(int bits)
    {
        public string Record
        {
            get
            {
                using var rsa = System.Security.Cryptography.RSA.Create(bits);
                return new KeyRecord { KeyType = DkimKeyType.Rsa, PublicKey = rsa.ExportSubjectPublicKeyInfo() }.ToString();
            }
        }
    }
}
