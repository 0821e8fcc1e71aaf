using System.Text;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Tests.Web.Queue;

public sealed class HeaderFactsTests
{
    [Theory]
    [InlineData("Subject: Hi\r\n\r\nSubject: body", null, "Hi", null)]
    [InlineData("SUBJECT : a\r\n\tb  c\r\nfrom:x@y\r\nMessage-Id:\r\n <1@y>\r\n\r\n", "x@y", "a b c", "<1@y>")]
    [InlineData("Subject: first\r\nSubject: second\r\n\r\n", null, "first", null)]
    [InlineData("Subjects: no\r\nX-Subject: no\r\n\r\n", null, null, null)]
    [InlineData("Subject:\r\n\r\n", null, null, null)]
    [InlineData("\r\nSubject: body\r\n", null, null, null)]
    [InlineData("Subject: Grüße\u0001\u007f!\r\n\r\n", null, "Grüße !", null)]
    public void The_fields_are_read_as_a_person_would(string text, string? from, string? subject, string? messageId) =>
        Assert.Equal(new HeaderFacts(from, subject, messageId), HeaderFacts.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Anything_at_all_is_read_without_a_fault_and_bounded()
    {
        const int seed = 4711;
        var random = new Random(seed);
        byte[] sample = Encoding.UTF8.GetBytes("From: ä\r\n b\r\nSubject: " + new string('é', 500) + "\r\nMessage-ID: <x>\r\n\r\nbody");
        for (int i = 0; i < 5000; i++)
        {
            byte[] mangled = [.. sample.AsSpan(0, random.Next(sample.Length + 1))];
            for (int flips = random.Next(4); flips > 0 && mangled.Length > 0; flips--)
            {
                mangled[random.Next(mangled.Length)] = (byte)random.Next(256);
            }

            HeaderFacts facts = HeaderFacts.Read(mangled);
            Assert.All(new[] { facts.From, facts.Subject, facts.MessageId }, t => Assert.True(t is null || t.Length <= 320 && !t.Any(char.IsControl), $"seed {seed}, round {i}"));
        }
    }
}
