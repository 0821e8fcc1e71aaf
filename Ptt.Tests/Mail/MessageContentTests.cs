using System.Text;
using Ptt.Mail;

namespace Ptt.Tests.Mail;

public sealed class MessageContentTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ptt-content").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<int, int> Sizes => new()
    {
        { 0, 100 }, { 1, 100 }, { 100, 100 }, { 101, 100 }, { 8 * 1024, 64 * 1024 }, { 8 * 1024 + 1, 64 * 1024 }, { 64 * 1024, 64 * 1024 },
        { 64 * 1024 + 1, 64 * 1024 }, { 300_000, 64 * 1024 }, { 300_000, 1024 * 1024 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public async Task What_was_appended_is_read_again(int size, int memoryLimit)
    {
        byte[] octets = Octets(size);
        foreach (int step in new[] { 1, 7, 4096, 100_000 }.Where(s => size < 20_000 || s > 1))
        {
            await using var builder = new MessageContentBuilder(memoryLimit, _directory);
            foreach (byte[] piece in octets.Chunk(step))
            {
                builder.Append(piece);
            }

            Assert.Equal(size, builder.Length);
            await using MessageContent content = builder.ToContent();
            Assert.Equal(0, builder.Length);
            Assert.Equal(size <= memoryLimit, content.TryGetMemory(out _));
            Assert.Equal(octets, await ReadAsync(content));
            Assert.Equal(octets, await ReadAsync(content));
            Assert.Empty(Directory.GetFiles(_directory));   // the temporary file has no name: nothing is left behind
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1024 * 1024)]
    public async Task A_new_front_replaces_the_octets_before_an_offset(int memoryLimit)
    {
        byte[] octets = Octets(50_000);
        await using var builder = new MessageContentBuilder(memoryLimit, _directory);
        builder.Append(octets);
        await using MessageContent content = builder.ToContent();
        MessageContent once = content.WithFront("first"u8.ToArray(), from: 10);
        Assert.Equal((byte[])[.. "first"u8, .. octets[10..]], await ReadAsync(once));

        // A front over a front: within it, at its end, and past it.
        Assert.Equal((byte[])[.. "second"u8, .. "rst"u8, .. octets[10..]], await ReadAsync(once.WithFront("second"u8.ToArray(), 2)));
        Assert.Equal((byte[])[.. "second"u8, .. octets[10..]], await ReadAsync(once.WithFront("second"u8.ToArray(), 5)));
        Assert.Equal((byte[])[.. "second"u8, .. octets[110..]], await ReadAsync(once.WithFront("second"u8.ToArray(), 105)));
        Assert.Equal((byte[])[.. "all"u8], await ReadAsync(once.WithFront("all"u8.ToArray(), once.Length)));
    }

    [Fact]
    public async Task Disposing_a_new_front_leaves_what_it_was_made_from()
    {
        await using var builder = new MessageContentBuilder(10, _directory);
        builder.Append(Octets(100));
        await using MessageContent content = builder.ToContent();
        await content.WithFront("x"u8.ToArray()).DisposeAsync();
        Assert.Equal(Octets(100), await ReadAsync(content));
    }

    [Fact]
    public async Task Readers_do_not_disturb_each_other()
    {
        await using var builder = new MessageContentBuilder(10, _directory);
        byte[] octets = Octets(1000);
        builder.Append(octets);
        await using MessageContent content = builder.ToContent().WithFront("front"u8.ToArray());
        await using Stream one = content.OpenRead();
        await using Stream two = content.OpenRead();
        byte[] buffer = new byte[7];
        for (int at = 0; at + 7 <= content.Length; at += 7)
        {
            await one.ReadExactlyAsync(buffer);
            two.Seek(-7 - at, SeekOrigin.End);
            await two.ReadExactlyAsync(buffer);
        }

        one.Position = 3;
        await one.ReadExactlyAsync(buffer);
        Assert.Equal((byte[])[.. "nt"u8, .. octets[..5]], buffer);
    }

    [Fact]
    public async Task A_file_of_ours_is_left_where_it_is()
    {
        string path = Path.Combine(_directory, "message");
        await File.WriteAllTextAsync(path, "0123456789");
        await using (MessageContent content = MessageContent.FromFile(path, offset: 4))
        {
            Assert.Equal("456789", Encoding.ASCII.GetString(await ReadAsync(content)));
        }

        Assert.True(File.Exists(path));
    }

    private static byte[] Octets(int count)
    {
        byte[] octets = new byte[count];
        new Random(count).NextBytes(octets);
        return octets;
    }

    private static async Task<byte[]> ReadAsync(MessageContent content)
    {
        var copied = new MemoryStream();
        await content.CopyToAsync(copied, default);
        var read = new MemoryStream();
        await using Stream stream = content.OpenRead();
        await stream.CopyToAsync(read);
        Assert.Equal(content.Length, copied.Length);
        Assert.Equal(copied.ToArray(), read.ToArray());
        return read.ToArray();
    }
}
