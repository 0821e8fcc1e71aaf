using System.Text;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Dkim;

public sealed class DkimSignerTests
{
    private const string Letter =
        "From: Ada <ada@example.org>\r\nTo: grace@example.net\r\nSubject: Engines\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
        + "Message-ID: <1@example.org>\r\nList-Id: <l.example.org>\r\nReceived: from x by y; z\r\n\r\nDear Grace,\r\n\r\nit works.\r\n";

    private readonly ManualTime _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Both_signatures_of_a_signed_message_verify()
    {
        IReadOnlyList<DkimResult> results = await VerifyAsync(await SignAsync(Letter));
        Assert.Equal(["rsa-sha256 r1 pass", "ed25519-sha256 e1 pass"], results.Select(r => $"{r.Algorithm} {r.Selector} {r.Word}"));
    }

    [Theory]
    [InlineData("simple", "simple")]
    [InlineData("simple", "relaxed")]
    [InlineData("relaxed", "simple")]
    public async Task Every_canonicalization_signs_and_verifies(string header, string body)
    {
        Assert.True(Canonicalization.TryParse($"{header}/{body}", out Canonicalization canonicalization));
        MessageContent signed = await DkimTestKeys.SignAsync(
            DkimTestKeys.Message(Letter), _time, policy: new SigningPolicy { Canonicalization = canonicalization });
        Assert.All(await VerifyAsync(signed), r => Assert.True(r.IsPass, r.Detail));
    }

    [Fact]
    public async Task The_field_says_what_was_signed_and_for_how_long()
    {
        string signed = await DkimTestKeys.TextAsync(await SignAsync(Letter));
        string field = signed[..signed.IndexOf("\r\nDKIM-Signature:", StringComparison.Ordinal)];
        Assert.All(field.Split("\r\n"), line => Assert.InRange(line.Length, 1, 78));
        string unfolded = field.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.StartsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=r1; t=1767225600; x=1768435200; h=", unfolded, StringComparison.Ordinal);
        string names = unfolded[(unfolded.IndexOf(" h=", StringComparison.Ordinal) + 3)..unfolded.IndexOf("; bh=", StringComparison.Ordinal)].Replace(" ", "", StringComparison.Ordinal);
        // Each field that is there, each over-signed name once more, the list fields; nothing of the trace.
        Assert.Equal(
            "From:From:Reply-To:To:To:Cc:Subject:Subject:Date:Date:Message-ID:Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding:List-Id",
            names);
    }

    [Theory]
    [InlineData("From: Ada", "From: Adam")]
    [InlineData("it works", "it fails")]
    [InlineData("Subject: Engines", "Subject: Engines\r\nSubject: Prizes")]        // over-signed: none may be added
    [InlineData("Subject: Engines", "Subject: Engines\r\nCc: all@example.com")]
    [InlineData("Subject: Engines", "Subject: Engines\r\nFrom: eve@example.com")]
    [InlineData("Subject: Engines", "Subject: Engines\r\nReply-To: eve@example.com")]
    [InlineData("Subject: Engines\r\n", "")]
    [InlineData("it works.\r\n", "it works.\r\nBuy now.\r\n")]
    [InlineData("<l.example.org>", "<m.example.org>")]
    public async Task What_is_changed_on_the_way_breaks_every_signature(string from, string to)
    {
        string text = await DkimTestKeys.TextAsync(await SignAsync(Letter));
        Assert.Contains(from, text, StringComparison.Ordinal);
        Assert.All(await VerifyAsync(DkimTestKeys.Message(text.Replace(from, to, StringComparison.Ordinal))), r => Assert.Equal(DkimVerdict.Fail, r.Verdict));
    }

    [Theory]
    [InlineData("Received: from x by y; z", "Received: from elsewhere")]
    [InlineData("DKIM-Signature: v=1; a=rsa", "Received: new\r\nDKIM-Signature: v=1; a=rsa")]
    [InlineData("Subject: Engines", "Subject:   \r\n\tEngines  ")]
    [InlineData("it works.", "it   works. \t")]
    [InlineData("it works.\r\n", "it works.\r\n\r\n\r\n")]
    [InlineData("Message-ID: <", "message-id: <")]
    public async Task What_relays_may_do_breaks_no_signature(string from, string to)
    {
        string text = await DkimTestKeys.TextAsync(await SignAsync(Letter));
        Assert.Contains(from, text, StringComparison.Ordinal);
        int at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.All(await VerifyAsync(DkimTestKeys.Message(text[..at] + to + text[(at + from.Length)..])), r => Assert.True(r.IsPass, r.Detail));
    }

    [Fact]
    public async Task Fields_of_one_name_are_taken_from_the_bottom()
    {
        MessageContent signed = await SignAsync("From: a@example.org\r\nTo: 1@x.y\r\nTo: 2@x.y\r\nTo: 3@x.y\r\n\r\n");
        Assert.All(await VerifyAsync(signed), r => Assert.True(r.IsPass, r.Detail));
        string text = await DkimTestKeys.TextAsync(signed);
        string swapped = text.Replace("To: 1@x.y\r\nTo: 2@x.y", "To: 2@x.y\r\nTo: 1@x.y", StringComparison.Ordinal);
        Assert.All(await VerifyAsync(DkimTestKeys.Message(swapped)), r => Assert.Equal(DkimVerdict.Fail, r.Verdict));
    }

    [Fact]
    public async Task A_message_in_a_file_gets_the_same_signature_as_one_in_memory()
    {
        string big = Letter + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line  {i} \t of many \r\n"));
        await using var builder = new MessageContentBuilder(memoryLimit: 1000);
        builder.Append(Encoding.Latin1.GetBytes(big));
        await using MessageContent file = builder.ToContent();
        MessageContent signed = await DkimTestKeys.SignAsync(file, _time, [DkimTestKeys.Ed25519]);
        MessageContent inMemory = await DkimTestKeys.SignAsync(DkimTestKeys.Message(big), _time, [DkimTestKeys.Ed25519]);
        Assert.Equal(await DkimTestKeys.TextAsync(inMemory), await DkimTestKeys.TextAsync(signed));
        Assert.All(await VerifyAsync(signed), r => Assert.True(r.IsPass, r.Detail));
    }

    [Fact]
    public async Task Fifty_megabytes_are_signed_in_constant_memory()
    {
        MessageHeader header = ((HeaderReading.Read)MessageHeader.Parse(Encoding.ASCII.GetBytes("From: a@example.org\r\n\r\n"))).Header;
        var content = new EndlessContent(50 * 1024 * 1024);
        var signer = new DkimSigner(SigningPolicy.Default, _time);
        await signer.SignAsync(content, header, DkimTestKeys.Both, default);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ValueTask<byte[]> signing = signer.SignAsync(content, header, DkimTestKeys.Both, default);
        Assert.True(signing.IsCompletedSuccessfully);   // on this thread, so that what it allocated is counted
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        Assert.NotEmpty(await signing);
    }

    [Fact]
    public void Many_threads_may_sign_with_one_key()
    {
        byte[] hash = new byte[32];
        Parallel.For(0, 400, _ =>
        {
            Assert.True(DkimTestKeys.Rsa.PublicRecord.Verify(hash, DkimTestKeys.Rsa.SignHash(hash)));
            Assert.True(DkimTestKeys.Ed25519.PublicRecord.Verify(hash, DkimTestKeys.Ed25519.SignHash(hash)));
        });
    }

    [Fact]
    public async Task A_mangled_signature_is_judged_without_a_throw()
    {
        byte[] good = Encoding.Latin1.GetBytes(await DkimTestKeys.TextAsync(await SignAsync(Letter)));
        var random = new Random(8463);
        int passed = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] mangled = [.. good];
            for (int flips = 1 + random.Next(3); flips > 0; flips--)
            {
                mangled[random.Next(mangled.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : ";=:\r\n \t"u8[random.Next(7)];
            }

            passed += (await VerifyAsync(MessageContent.FromMemory(mangled))).Count(r => r.IsPass);
        }

        Assert.InRange(passed, 1, 2500);   // one of two often survives, both never
    }

    private Task<MessageContent> SignAsync(string text) => DkimTestKeys.SignAsync(DkimTestKeys.Message(text), _time);

    private ValueTask<IReadOnlyList<DkimResult>> VerifyAsync(MessageContent content) =>
        new DkimVerifier(DkimTestKeys.Dns, _time).VerifyAsync(content, default);

    /// <summary>Content that is nowhere in memory.</summary>
    private sealed class EndlessContent(long length) : MessageContent
    {
        public override long Length => length;

        public override bool TryGetMemory(out System.Buffers.ReadOnlySequence<byte> octets)
        {
            octets = default;
            return false;
        }

        public override Stream OpenRead() => new Lines(length);

        public override MessageContent WithFront(ReadOnlyMemory<byte> front, long from = 0) => throw new NotSupportedException();

        private sealed class Lines(long length) : Stream
        {
            public override bool CanRead => true;
            public override bool CanSeek => true;
            public override bool CanWrite => false;
            public override long Length => length;
            public override long Position { get; set; }

            public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            {
                int count = (int)Math.Min(buffer.Length, length - Position);
                buffer.Span[..count].Fill((byte)'x');
                for (int i = 70; i + 2 < count; i += 72)
                {
                    "\r\n"u8.CopyTo(buffer.Span[i..]);
                }

                Position += count;
                return ValueTask.FromResult(count);
            }

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
            public override void SetLength(long value) => throw new NotSupportedException();
            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
            public override void Flush()
            {
            }
        }
    }
}
