using System.Text;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Dns.Updating;

namespace Ptt.Tests.Dns.Updating;

public sealed class TsigTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TsigKey Key = TsigKey.Generate(DomainName.Parse("ptt.example.org"), TsigAlgorithm.HmacSha256);
    private static readonly byte[] Message = new DnsMessage { Id = 77, Questions = [new Question(DomainName.Parse("example.org"), RecordType.Soa)] }.Encode();

    [Theory]
    [InlineData("abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")]                  // FIPS 180-4, the example
    [InlineData("", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525")]
    public void Sha224_is_as_published(string text, string hash) => Assert.Equal(hash, Convert.ToHexStringLower(Sha224.Hash(Encoding.ASCII.GetBytes(text))));

    [Theory]
    [InlineData("Jefe", "what do ya want for nothing?", "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44")]   // RFC 4231 §4.3
    public void Hmac_sha224_is_as_published(string key, string text, string mac) =>
        Assert.Equal(mac, Convert.ToHexStringLower(TsigAlgorithm.HmacSha224.Mac(Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(text))));

    [Fact]
    public void Hmac_sha224_takes_a_key_longer_than_a_block() =>                                                              // RFC 4231 §4.7
        Assert.Equal(
            "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
            Convert.ToHexStringLower(TsigAlgorithm.HmacSha224.Mac([.. Enumerable.Repeat((byte)0xaa, 131)], "Test Using Larger Than Block-Size Key - Hash Key First"u8.ToArray())));

    [Fact]
    public void A_signed_message_is_valid() => Assert.IsType<TsigVerdict.Valid>(Tsig.Verify(Tsig.Sign(Message, Key, Now, out _), [Key], Now));

    [Fact]
    public void Every_octet_counts()
    {
        byte[] signed = Tsig.Sign(Message, Key, Now, out _);
        for (int i = 0; i < signed.Length; i++)
        {
            byte[] tampered = [.. signed];
            tampered[i] ^= 0x40;
            TsigVerdict verdict = Tsig.Verify(tampered, [Key], Now);

            // Upper and lower case of the key's and the algorithm's name mean the same; the id is digested from its copy in the record.
            bool isFree = i < 2 || (tampered[i] ^ signed[i]) == 0x20;
            Assert.True(isFree || verdict is not TsigVerdict.Valid, $"octet {i}");
        }
    }

    [Fact]
    public void A_cut_message_never_throws_and_is_never_valid()
    {
        byte[] signed = Tsig.Sign(Message, Key, Now, out _);
        for (int length = 0; length < signed.Length; length++)
        {
            Assert.IsNotType<TsigVerdict.Valid>(Tsig.Verify(signed.AsSpan(0, length), [Key], Now));
        }
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public void A_clock_may_be_wrong_by_the_fudge(int seconds, bool good)
    {
        TsigVerdict verdict = Tsig.Verify(Tsig.Sign(Message, Key, Now, out _), [Key], Now.AddSeconds(seconds));
        Assert.Equal(good, verdict is TsigVerdict.Valid);
        Assert.Equal(!good, verdict is TsigVerdict.BadTime);
    }

    [Fact]
    public void An_unknown_key_and_a_wrong_secret_are_told_apart()
    {
        byte[] signed = Tsig.Sign(Message, Key, Now, out _);
        var other = TsigKey.Generate(DomainName.Parse("other.example.org"), TsigAlgorithm.HmacSha256);
        var impostor = TsigKey.Generate(Key.Name, Key.Algorithm);

        Assert.Equal(ResponseCode.BadKey, Assert.IsType<TsigVerdict.Rejected>(Tsig.Verify(signed, [other], Now)).Error);
        Assert.Equal(ResponseCode.BadVersOrSig, Assert.IsType<TsigVerdict.Rejected>(Tsig.Verify(signed, [impostor], Now)).Error);
    }

    [Theory]
    [InlineData("ptt._update.example.org:SHA256:c2VjcmV0", "ptt._update.example.org", "SHA256", "example.org")]
    [InlineData("KEY:hmac-sha512:c2VjcmV0", "key", "SHA512", null)]
    [InlineData(" key.:sha-224:c2VjcmV0\n", "key", "SHA224", null)]
    [InlineData("key:MD5:c2VjcmV0", "key", "MD5", null)]
    [InlineData("key:hmac-md5.sig-alg.reg.int:c2VjcmV0", "key", "MD5", null)]
    [InlineData("a.b._update.mail.example.org:SHA1:c2VjcmV0", "a.b._update.mail.example.org", "SHA1", "mail.example.org")]
    public void The_seeds_text_form_is_read(string text, string name, string algorithm, string? zone)
    {
        Assert.True(TsigKey.TryParse(text, out TsigKey? key, out _));
        Assert.Equal((name, algorithm, zone), (key.Name.ToString(), key.Algorithm.ShortName, key.Zone?.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("key")]
    [InlineData("key:SHA256")]
    [InlineData("key:SHA256:")]
    [InlineData("key:SHA3:c2VjcmV0")]
    [InlineData("key:SHA256:not base64")]
    [InlineData("ke y:SHA256:c2VjcmV0")]
    [InlineData("key:SHA256:c2VjcmV0:more")]
    public void What_is_no_key_is_refused_without_repeating_the_secret(string text)
    {
        Assert.False(TsigKey.TryParse(text, out _, out string? fault));
        Assert.DoesNotContain("c2VjcmV0", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_does_not_show_its_secret() => Assert.DoesNotContain(Key.ToSecretText().Split(':')[2], Key.ToString(), StringComparison.Ordinal);
}
