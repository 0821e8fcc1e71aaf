using System.Net;
using Ptt.Smtp.Client;

namespace Ptt.Tests.Smtp.Client;

public sealed class AddressPolicyTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.1")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.169.254")]             // cloud metadata
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]            // mapped
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]             // NAT64
    [InlineData("100::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2001::1")]                     // Teredo
    [InlineData("2002:7f00:1::1")]              // 6to4
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]               // cloud metadata
    [InlineData("fe80::1")]
    [InlineData("ff02::1")]
    public void No_mail_goes_to_an_address_that_is_not_public(string address) => Assert.False(new AddressPolicy().Allows(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1")]
    [InlineData("2a00:1450:4001::1a")]
    public void Mail_goes_to_public_addresses(string address) => Assert.True(new AddressPolicy().Allows(IPAddress.Parse(address)));

    [Fact]
    public void An_allowed_network_is_allowed_and_nothing_beside_it()
    {
        var policy = new AddressPolicy(allowed: [IPNetwork.Parse("10.1.0.0/16")]);
        Assert.True(policy.Allows(IPAddress.Parse("10.1.2.3")));
        Assert.False(policy.Allows(IPAddress.Parse("10.2.2.3")));
    }

    [Fact]
    public void Nothing_allows_an_address_that_is_no_single_host()
    {
        var policy = new AddressPolicy(allowPrivate: true);
        Assert.True(policy.Allows(IPAddress.Loopback));
        Assert.False(policy.Allows(IPAddress.Any));
        Assert.False(policy.Allows(IPAddress.Parse("224.0.0.1")));
        Assert.False(policy.Allows(IPAddress.IPv6Any));
    }
}
