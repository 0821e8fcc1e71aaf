using System.Text;
using Ptt.Mail.Headers;

namespace Ptt.Tests.Mail.Headers;

public sealed class AddressListTests
{
    [Theory]
    [InlineData("a@b.example", "a@b.example")]
    [InlineData(" Ada Lovelace <ada@example.org> ", "Ada Lovelace/ada@example.org")]
    [InlineData("\"Lovelace, Ada\" <ada@example.org>", "Lovelace, Ada/ada@example.org")]
    [InlineData("ada@example.org, grace@example.net", "ada@example.org|grace@example.net")]
    [InlineData("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete/pete@silly.test")]   // RFC 5322 §A.5
    [InlineData("A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
        "[A Group]Chris Jones/c@public.example|[A Group]joe@example.org|[A Group]John/jdoe@one.test")]          // §A.5
    [InlineData("Undisclosed recipients:;", "")]
    [InlineData("x:a@b.c;, d@e.f", "[x]a@b.c|d@e.f")]
    [InlineData("Joe Q. Public <john.q.public@example.com>", "Joe Q. Public/john.q.public@example.com")]        // §A.6.1
    [InlineData("john . q . public@example . com", "john.q.public@example.com")]                                // §4.4 obs-local-part
    [InlineData("a@b.c,,, d@e.f,", "a@b.c|d@e.f")]                                                              // §4.4 obs-addr-list
    [InlineData("\"a b\"@example.org", "\"a b\"@example.org")]
    [InlineData("\"ada\"@example.org", "ada@example.org")]
    [InlineData("a@[192.0.2.1]", "a@[192.0.2.1]")]
    [InlineData("=?utf-8?q?Andr=C3=A9?= <a@b.c>", "=?utf-8?q?Andr=C3=A9?=/a@b.c")]
    [InlineData("André <andré@bücher.example>", "André/andré@xn--bcher-kva.example")]                           // RFC 6532
    [InlineData("<a@b.c>", "a@b.c")]
    [InlineData("A@EXAMPLE.Org", "A@example.org")]
    [InlineData("", "")]
    public void An_address_list_is_read(string value, string expected)
    {
        Assert.True(AddressList.TryParse(Encoding.UTF8.GetBytes(value), out AddressList list));
        Assert.Equal(expected, string.Join('|', list.Mailboxes.Select(m =>
            (m.Group is null ? "" : $"[{m.Group}]") + (m.DisplayName.Length == 0 ? "" : m.DisplayName + "/") + m.Address)));
    }

    [Theory]
    [InlineData("ada")]
    [InlineData("ada@")]
    [InlineData("@example.org")]
    [InlineData("a@b.c d@e.f")]
    [InlineData("<a@b.c")]
    [InlineData("a@b.c>")]
    [InlineData("<<a@b.c>>")]
    [InlineData("<>")]
    [InlineData("<@relay.example:a@b.c>")]                // §4.4 obs-route: refused on purpose
    [InlineData("a..b@example.org")]
    [InlineData(".a@example.org")]
    [InlineData("a@b..c")]
    [InlineData("a@b.c (open")]
    [InlineData("\"open@example.org")]
    [InlineData("x:a@b.c")]
    [InlineData("x:y:a@b.c;;")]
    [InlineData("a@b@c.example")]
    [InlineData("a@[192.0.2.1")]
    [InlineData("a b@example.org")]
    [InlineData("a@b.c;")]
    [InlineData("a@exa\u0001mple.org")]
    [InlineData("a@b.c <d@e.f>")]
    [InlineData("<a@b.c> d@e.f")]
    public void What_is_not_an_address_list_is_refused(string value) =>
        Assert.False(AddressList.TryParse(Encoding.UTF8.GetBytes(value), out _));

    [Fact]
    public void Deep_comments_end_at_a_limit() =>
        Assert.False(AddressList.TryParse(Encoding.ASCII.GetBytes(new string('(', 100_000) + "a@b.c"), out _));
}
