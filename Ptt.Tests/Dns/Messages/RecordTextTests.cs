using Ptt.Dns.Messages;
using Ptt.Dns;
using Ptt.Dns.Resolving;
using Ptt.Tests.Support;

namespace Ptt.Tests.Dns.Messages;

public sealed class RecordTextTests
{
    [Theory]
    [InlineData("mx.example.com. 300 IN A 192.0.2.1")]
    [InlineData("mx.example.com. 300 IN AAAA 2001:db8::1")]
    [InlineData("example.com. 3600 IN MX 10 mx.example.com.")]
    [InlineData("example.com. 3600 IN MX 0 .")]                                                                   // RFC 7505 §3
    [InlineData("example.com. 3600 IN SOA ns.example.com. hostmaster.example.com. 4294967295 7200 900 1209600 300")]
    [InlineData("_submissions._tcp.example.com. 3600 IN SRV 0 1 465 mail.example.com.")]
    [InlineData("_25._tcp.mx.example.com. 3600 IN TLSA 3 1 1 00ff")]
    [InlineData("example.com. 3600 IN CAA 0 issue \"ca.example; account=1\"")]
    [InlineData("example.com. 3600 IN TXT \"a \\\"quoted\\\" back\\\\slash \\233\"")]
    [InlineData("example.com. 3600 IN TXT \"\"")]
    [InlineData("example.com. 3600 IN DS \\# 4 0102ff00")]                                                        // RFC 3597 §5
    [InlineData("example.com. 3600 IN TYPE65280 \\# 0")]
    public void A_line_is_read_and_written_alike(string line) => Assert.Equal(line, ResourceRecord.Parse(line).ToString());

    [Theory]
    [InlineData("mx.example.com A 192.0.2.1", "mx.example.com. 3600 IN A 192.0.2.1")]
    [InlineData("MX.Example.COM. IN a 192.0.2.1 ; the old one", "mx.example.com. 3600 IN A 192.0.2.1")]
    [InlineData("example.com TXT \"v=spf1 \" \"-all\"", "example.com. 3600 IN TXT \"v=spf1 -all\"")]
    public void What_people_leave_out_is_understood(string line, string full) => Assert.Equal(full, ResourceRecord.Parse(line).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("example.com")]
    [InlineData("example.com A")]
    [InlineData("example.com A 2001:db8::1")]
    [InlineData("example.com MX mx.example.com")]
    [InlineData("example.com MX 70000 mx.example.com")]
    [InlineData("example.com TXT \"open")]
    [InlineData("example.com 15 10 mx.example.com")]
    [InlineData("example.com TYPE65280 \\# 3 00")]
    [InlineData("exa mple.com A 192.0.2.1")]
    public void What_is_not_a_record_is_refused(string line) => Assert.False(RecordText.TryParse(line, out _));

    [Fact]
    public void A_long_text_is_written_in_strings_of_255() =>
        Assert.Equal([255, 255, 90], RecordText.Strings(new string('x', 600)).Select(s => s.Length));

    [Fact]
    public async Task The_table_answers_as_DNS_does()
    {
        var dns = new StaticResolver("www.example.com CNAME web.example.net", "web.example.net A 192.0.2.1", "a.b.example.com A 192.0.2.2").Fail("down.example");

        Assert.Equal("web.example.net", Assert.Single(Assert.IsType<DnsAnswer.Found>(await Ask("www.example.com")).Records).Name.ToString());
        Assert.IsType<DnsAnswer.NoData>(await Ask("b.example.com"));
        Assert.IsType<DnsAnswer.NoSuchName>(await Ask("nowhere.example"));
        Assert.Equal(DnsFailure.Timeout, Assert.IsType<DnsAnswer.Failed>(await Ask("down.example")).Reason);

        ValueTask<DnsAnswer> Ask(string name) => dns.QueryAsync(DomainName.Parse(name), RecordType.A, CancellationToken.None);
    }
}
