using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>A disk that is really full, under the whole process: new mail is answered 452, what was accepted is delivered, and room heals it all.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_new_mail_with_452_and_loses_none_that_was_accepted()
    {
        int port = Ports.Free(), sinkPort = Ports.Free();
        await using PttProcess ptt = await PttProcess.StartOnSmallDiskAsync(48, "Production", KillTests.RelayOnly(port, sinkPort));
        await using var sender = new PlainSender(port);

        // Nobody listens at the destination: the queue grows until the disk is low.
        var accepted = new List<int>();
        int id = 0;
        string? reply;
        while ((reply = await sender.SendAsync(++id, 200_000, default))?.StartsWith("250", StringComparison.Ordinal) == true)
        {
            accepted.Add(id);
            Assert.True(id < 1000, "It never filled up.");
        }

        Assert.True(reply?.StartsWith("452 4.3.1", StringComparison.Ordinal) == true, $"Answered {reply} after {accepted.Count}.\n{ptt.Output}");
        Assert.True(accepted.Count > 50, $"Only {accepted.Count} went into 48 MB.");

        // Now somebody else takes what is left of it, to the last octet.
        string filler = Path.Combine(ptt.DataAsSeenInside, "filler");
        Fill(filler);
        for (int i = 0; i < 30; i++)
        {
            reply = await sender.SendAsync(++id, i % 2 == 0 ? 500 : 200_000, default);
            Assert.True(reply?[0] == '4', $"Answered {reply} on a full disk.\n{ptt.Output}");
        }

        // The destination comes back: the queue drains on the full disk, and what it frees is soon enough for new mail.
        await using (var sink = new MailSink(sinkPort))
        {
            await sink.WaitForAsync(accepted, 180, () => ptt.Output);
            File.Delete(filler);
            int next = ++id;
            for (int tries = 0; (reply = await sender.SendAsync(next, 200_000, default))?[0] != '2' && tries < 300; tries++)
            {
                await Task.Delay(100);
            }

            Assert.StartsWith("250", reply, StringComparison.Ordinal);
            await sink.WaitForAsync([next], 120, () => ptt.Output);
            Assert.Equal(sink.Arrivals.Count, sink.Arrivals.Select(a => a.Id).Distinct().Count());
        }

        Assert.Equal(0, (await ptt.StopAsync()).Code);
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int size = 1 << 20; size > 0; size /= 2)
        {
            byte[] block = new byte[size];
            try
            {
                while (true)
                {
                    file.Write(block);
                }
            }
            catch (IOException)
            {
                // No room for so much: half of it, perhaps.
            }
        }
    }
}
