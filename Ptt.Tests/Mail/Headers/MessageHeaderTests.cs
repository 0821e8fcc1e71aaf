using System.Text;
using Ptt.Mail;
using Ptt.Mail.Headers;

namespace Ptt.Tests.Mail.Headers;

public sealed class MessageHeaderTests
{
    [Theory]
    [InlineData("A: 1\r\nB: 2\r\n\r\nbody", "A=1|B=2", 14)]
    [InlineData("A: 1\r\n folded\r\n\tagain\r\nB:2\r\n\r\n", "A=1 folded\tagain|B=2", 30)]
    [InlineData("A:\r\n x\r\n\r\n", "A=x", 10)]
    [InlineData("A : 1\r\n\r\n", "A=1", 9)]                          // RFC 5322 §4.5.3
    [InlineData("A:1\r\n \t\r\n\r\nx", "A=1", 11)]                      // a fold of nothing (§4.2 obs-FWS)
    [InlineData("A: 1\r\n", "A=1", 6)]                                 // neither empty line nor body
    [InlineData("\r\nbody", "", 2)]
    [InlineData("", "", 0)]
    [InlineData("A: x\ny\rz\r\n\r\n", "A=x\ny\rz", 12)]                // only CRLF ends a line
    [InlineData("A:\r\n\r\n", "A=", 6)]
    [InlineData("A: b: c\r\n\r\n", "A=b: c", 11)]
    public async Task A_header_is_read(string message, string fields, int bodyOffset)
    {
        foreach (MessageContent content in Forms(message))
        {
            MessageHeader header = Assert.IsType<HeaderReading.Read>(await MessageHeader.ReadAsync(content, default)).Header;
            Assert.Equal(fields, string.Join('|', header.Fields.ToArray().Select(f => Encoding.ASCII.GetString(f.Name) + "=" + f.Unfold())));
            Assert.Equal(bodyOffset, header.BodyOffset);
            Assert.Equal(message[..header.Length], string.Concat(header.Fields.ToArray().Select(f => Encoding.Latin1.GetString(f.Octets.Span))));
            await content.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("no colon\r\n\r\n", HeaderFault.NotAField, 0)]
    [InlineData("A: 1\r\n: x\r\n\r\n", HeaderFault.NotAField, 6)]
    [InlineData("A: 1\r\nB\u00e9: x\r\n\r\n", HeaderFault.NotAField, 6)]
    [InlineData(" A: 1\r\n\r\n", HeaderFault.NotAField, 0)]
    [InlineData("A: 1\r\nB: 2", HeaderFault.Unfinished, 6)]
    [InlineData("A: 1\r\n\r", HeaderFault.Unfinished, 6)]
    [InlineData("From someone Thu\r\nA: 1\r\n\r\n", HeaderFault.NotAField, 0)]
    public async Task What_is_no_header_is_refused_with_its_place(string message, HeaderFault fault, long offset)
    {
        foreach (MessageContent content in Forms(message))
        {
            Assert.Equal(new HeaderReading.Refused(fault, offset), await MessageHeader.ReadAsync(content, default));
            await content.DisposeAsync();
        }
    }

    [Fact]
    public async Task Limits_hold_in_every_form()
    {
        string many = string.Concat(Enumerable.Repeat("A: 1\r\n", 50)) + "\r\n";
        foreach (MessageContent content in Forms(many))
        {
            Assert.Equal(new HeaderReading.Refused(HeaderFault.TooManyFields, 49 * 6), await MessageHeader.ReadAsync(content, default, new HeaderLimits(MaxFields: 49)));
            Assert.IsType<HeaderReading.Read>(await MessageHeader.ReadAsync(content, default, new HeaderLimits(MaxFields: 50)));
            Assert.Equal(new HeaderReading.Refused(HeaderFault.TooLong, 100), await MessageHeader.ReadAsync(content, default, new HeaderLimits(100)));
        }

        string endless = "A: " + new string('x', 100_000);
        foreach (MessageContent content in Forms(endless))
        {
            Assert.Equal(new HeaderReading.Refused(HeaderFault.TooLong, 20_000), await MessageHeader.ReadAsync(content, default, new HeaderLimits(20_000)));
        }
    }

    [Fact]
    public void Names_compare_without_case_and_fields_are_counted()
    {
        MessageHeader header = Read("from: a\r\nTo: b\r\nFROM: c\r\n\r\n");
        Assert.Equal(2, header.Count("From"u8));
        Assert.True(header.TryFind("From"u8, out HeaderField first));
        Assert.Equal("a", first.Unfold());
        Assert.False(header.TryFind("Fro"u8, out _));
    }

    [Fact]
    public async Task An_edited_header_keeps_what_was_not_touched()
    {
        const string Message = "Bcc: x\r\nfrom:  a\r\n\tb\r\nBCC: y\r\nTo: z\r\n\r\nbody";
        foreach (MessageContent content in Forms(Message))
        {
            MessageHeader header = ((HeaderReading.Read)await MessageHeader.ReadAsync(content, default)).Header;
            var editor = new HeaderEditor(header);
            Assert.Same(content, editor.Apply(content));
            Assert.Equal(2, editor.Remove("Bcc"u8));
            Assert.Equal(0, editor.Remove("Cc"u8));
            editor.AddOnTop("One: 1\r\n"u8.ToArray());
            editor.AddOnTop("Two: 2\r\n"u8.ToArray());
            editor.AddAtEnd("Date: now\r\n"u8.ToArray());
            Assert.Equal("Two: 2\r\nOne: 1\r\nfrom:  a\r\n\tb\r\nTo: z\r\nDate: now\r\n\r\nbody", await TextAsync(editor.Apply(content)));

            var trace = new HeaderEditor(header);
            trace.AddOnTop("Received: x\r\n"u8.ToArray());
            Assert.Equal("Received: x\r\n" + Message, await TextAsync(trace.Apply(content)));
        }
    }

    [Fact]
    public async Task A_mangled_message_is_read_or_refused()
    {
        byte[] good = "From: a@b.c\r\nSubject: folded\r\n here\r\nTo: \"x y\" <a@b>\r\n\r\nbody\r\n"u8.ToArray();
        var random = new Random(5322);
        for (int i = 0; i < 5000; i++)
        {
            byte[] mangled = Mangle(good, random);
            HeaderReading whole = MessageHeader.Parse(mangled);
            HeaderReading pieces = await MessageHeader.ReadAsync(MessageContent.FromMemory(mangled).WithFront(ReadOnlyMemory<byte>.Empty), default);
            if (whole is HeaderReading.Read { Header: { } header })
            {
                Assert.Equal(header.BodyOffset, Assert.IsType<HeaderReading.Read>(pieces).Header.BodyOffset);
                foreach (HeaderField field in header.Fields)
                {
                    AddressList.TryParse(field.RawValue, out _);
                }
            }
            else
            {
                Assert.Equal(whole, pieces);
            }
        }
    }

    internal static byte[] Mangle(byte[] good, Random random)
    {
        byte[] mangled = [.. good[..random.Next(good.Length / 2, good.Length + 1)]];
        for (int flips = random.Next(6); flips > 0; flips--)
        {
            mangled[random.Next(mangled.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : "\r\n\t :<>@,;\"()\\[]."u8[random.Next(16)];
        }

        return mangled;
    }

    internal static MessageHeader Read(string message) =>
        ((HeaderReading.Read)MessageHeader.Parse(Encoding.Latin1.GetBytes(message))).Header;

    // In one piece, in two, and in a file.
    private static IEnumerable<MessageContent> Forms(string message)
    {
        byte[] octets = Encoding.Latin1.GetBytes(message);
        yield return MessageContent.FromMemory(octets);
        yield return MessageContent.FromMemory(octets.AsMemory(octets.Length / 2)).WithFront(octets.AsMemory(0, octets.Length / 2));
        var builder = new MessageContentBuilder(memoryLimit: 0);
        builder.Append(octets);
        yield return builder.ToContent();
    }

    private static async Task<string> TextAsync(MessageContent content)
    {
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, default);
        return Encoding.Latin1.GetString(copy.ToArray());
    }
}
