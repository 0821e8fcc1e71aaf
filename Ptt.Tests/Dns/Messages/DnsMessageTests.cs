using System.Net;
using Ptt.Dns;
using Ptt.Dns.Messages;

namespace Ptt.Tests.Dns.Messages;

public sealed class DnsMessageTests
{
    private const int Seed = 20260101;

    [Fact]
    public void What_is_written_is_read_again()
    {
        var random = new Random(Seed);
        for (int round = 0; round < 2000; round++)
        {
            DnsMessage message = RandomMessage(random);
            Assert.True(DnsMessage.TryDecode(message.Encode(), out DnsMessage? read), $"seed {Seed}, round {round}");
            Assert.Equal(message with { Questions = [], Answers = [], Authority = [], Additional = [] }, read with { Questions = [], Answers = [], Authority = [], Additional = [] });
            Assert.Equal(message.Questions, read.Questions);
            Assert.Equal(message.Answers, read.Answers);
            Assert.Equal(message.Authority, read.Authority);
            Assert.Equal(message.Additional, read.Additional);
        }
    }

    [Fact]
    public void Mangled_octets_may_be_refused_but_never_throw()
    {
        var random = new Random(Seed);
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] octets = RandomMessage(random).Encode();
            for (int flips = random.Next(1, 8); flips > 0; flips--)
            {
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            }

            refused += DnsMessage.TryDecode(octets.AsSpan(0, random.Next(octets.Length + 1)), out _) ? 0 : 1;
        }

        Assert.InRange(refused, 1000, 19_999);
    }

    [Theory]
    [InlineData("C00C", "itself")]
    [InlineData("C00E", "forwards")]
    [InlineData("0161C00C", "to the start of the name that holds it")]
    [InlineData("41" + "61", "a label type that does not exist")]
    [InlineData("0361", "past the end")]
    public void A_bad_name_is_refused(string nameHex, string why)
    {
        byte[] octets = [.. Convert.FromHexString("000100000001000000000000"), .. Convert.FromHexString(nameHex), 0, 1, 0, 1];
        Assert.False(DnsMessage.TryDecode(octets, out _), why);
    }

    [Fact]
    public void A_chain_of_pointers_ends_at_the_hop_limit()
    {
        // A record whose RDATA is a ladder of pointers, each to the one before, and a name that climbs down from its top.
        foreach ((int rungs, bool readable) in new[] { (20, true), (60, false) })
        {
            byte[] ladder = new byte[1 + (2 * rungs)];
            for (int i = 0; i < rungs; i++)
            {
                int to = 12 + 11 + (i == 0 ? 0 : 1 + (2 * (i - 1)));
                ladder[1 + (2 * i)] = (byte)(0xC0 | (to >> 8));
                ladder[2 + (2 * i)] = (byte)to;
            }

            int top = 12 + 11 + ladder.Length - 2;
            byte[] octets =
            [
                0, 1, 0x80, 0, 0, 0, 0, 2, 0, 0, 0, 0,
                0, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, (byte)ladder.Length, .. ladder,
                (byte)(0xC0 | (top >> 8)), (byte)top, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1,
            ];
            Assert.Equal(readable, DnsMessage.TryDecode(octets, out _));
        }
    }

    [Fact]
    public void A_record_with_an_odd_name_does_not_cost_the_answer()
    {
        var message = new DnsMessage
        {
            IsResponse = true,
            Answers = [ResourceRecord.Parse("aXb.example.com A 192.0.2.1"), ResourceRecord.Parse("good.example.com A 192.0.2.2")],
        };
        byte[] octets = message.Encode();
        octets[octets.AsSpan().IndexOf("axb"u8) + 1] = (byte)' ';

        Assert.True(DnsMessage.TryDecode(octets, out DnsMessage? read));
        Assert.Equal("good.example.com", Assert.Single(read.Answers).Name.ToString());
    }

    [Fact]
    public void Data_that_does_not_have_the_form_of_its_type_keeps_its_octets()
    {
        var odd = new ResourceRecord(DomainName.Parse("example.com"), RecordType.Mx, TimeSpan.Zero, new RecordData.Unknown(new byte[] { 0, 10 }));

        Assert.True(DnsMessage.TryDecode(new DnsMessage { Answers = [odd] }.Encode(), out DnsMessage? read));
        Assert.Equal(odd, Assert.Single(read.Answers));
    }

    [Fact]
    public void Names_are_compressed()
    {
        ResourceRecord[] answers = [.. Enumerable.Range(1, 50).Select(i => ResourceRecord.Parse($"a-rather-long-name.example.com A 192.0.2.{i}"))];

        Assert.Equal(12 + 32 + 14 + (49 * 16), new DnsMessage { Answers = answers }.Encode().Length);
    }

    private static DnsMessage RandomMessage(Random random) => new()
    {
        Id = (ushort)random.Next(65536),
        IsResponse = random.Next(2) == 0,
        IsAuthoritative = random.Next(2) == 0,
        IsTruncated = random.Next(2) == 0,
        RecursionDesired = random.Next(2) == 0,
        RecursionAvailable = random.Next(2) == 0,
        AuthenticData = random.Next(2) == 0,
        CheckingDisabled = random.Next(2) == 0,
        Opcode = random.Next(2) == 0 ? Opcode.Query : Opcode.Update,
        ResponseCode = (ResponseCode)random.Next(11),
        Edns = random.Next(2) == 0 ? new Edns(random.Next(512, 4097), random.Next(2) == 0) : null,
        Questions = [.. Enumerable.Range(0, random.Next(3)).Select(_ => new Question(RandomName(random), (RecordType)random.Next(1, 300)))],
        Answers = RandomRecords(random),
        Authority = RandomRecords(random),
        Additional = RandomRecords(random),
    };

    private static ResourceRecord[] RandomRecords(Random random) => [.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomRecord(random))];

    private static ResourceRecord RandomRecord(Random random)
    {
        (RecordType type, RecordData data) = random.Next(11) switch
        {
            0 => (RecordType.A, new RecordData.Address(new IPAddress(Octets(random, 4)))),
            1 => (RecordType.Aaaa, new RecordData.Address(new IPAddress(Octets(random, 16)))),
            2 => (RecordType.CName, new RecordData.Name(RandomName(random))),
            3 => (RecordType.Mx, new RecordData.Mx(random.Next(65536), RandomName(random))),
            4 => (RecordType.Srv, new RecordData.Srv(random.Next(65536), random.Next(65536), random.Next(65536), RandomName(random))),
            5 => (RecordType.Soa, new RecordData.Soa(RandomName(random), RandomName(random), (uint)random.NextInt64(1L << 32), Seconds(random), Seconds(random), Seconds(random), Seconds(random))),
            6 => (RecordType.Txt, new RecordData.Txt(System.Text.Encoding.Latin1.GetString(Octets(random, random.Next(700))))),
            7 => (RecordType.Tlsa, new RecordData.Tlsa((byte)random.Next(4), (byte)random.Next(2), (byte)random.Next(3), Octets(random, 32))),
            8 => (RecordType.Caa, new RecordData.Caa((byte)random.Next(2), "issue", "ca.example")),
            9 => (RecordType.Ptr, new RecordData.Name(RandomName(random))),
            _ => ((RecordType)65280, (RecordData)new RecordData.Unknown(Octets(random, random.Next(100)))),
        };
        return new ResourceRecord(RandomName(random), type, Seconds(random), data);
    }

    private static DomainName RandomName(Random random) =>
        DomainName.Parse(string.Join('.', Enumerable.Range(0, random.Next(5)).Select(_ => new string((char)('a' + random.Next(3)), random.Next(1, random.Next(3) == 0 ? 63 : 3)))));

    private static TimeSpan Seconds(Random random) => TimeSpan.FromSeconds(random.Next());

    private static byte[] Octets(Random random, int length)
    {
        byte[] octets = new byte[length];
        random.NextBytes(octets);
        return octets;
    }
}
