namespace Ptt.Tests.EndToEnd;

/// <summary>Files that are damaged, and verbs that look at a running server.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class RestartTests
{
    [Fact]
    public async Task A_damaged_user_cache_is_redrawn_from_git()
    {
        string data = Directory.CreateTempSubdirectory("ptt-cache-test-").FullName;
        await using (PttProcess first = await PttProcess.StartAsync("Development", data))
        {
            await first.StopAsync();
        }

        File.WriteAllText(Path.Combine(data, "users-cache.db"), "this is no database");
        await using (PttProcess second = await PttProcess.StartAsync("Development", data))
        {
            (int code, string output) = await Command.RunAsync("curl",
                ["--url", $"smtps://127.0.0.1:{second.TlsPort}", "-sS", "--insecure", "--user", "ada@example.test:sandbox", "--mail-from", "ada@example.test",
                    "--mail-rcpt", "bob@example.com", "--upload-file", "-"], "From: ada@example.test\r\nSubject: again\r\n\r\nHello\r\n");
            Assert.True(code == 0, output + second.Output);
            System.Text.Json.JsonElement message = Assert.Single(await second.InboxAsync(1));
            Assert.Equal(2, message.GetProperty("signatures").EnumerateArray().Count(s => s.GetProperty("result").GetString() == "pass"));   // the keys of the first run, shown again
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Healthcheck_and_readiness_tell_a_ready_server_from_none()
    {
        await using PttProcess ptt = await PttProcess.StartAsync();
        string endPoint = $"--Ptt:Http:EndPoint=127.0.0.1:{ptt.HttpPort}";

        (int ready, string output) = await Command.RunAsync(PttProcess.Program, ["healthcheck", endPoint]);
        Assert.Equal(0, ready);
        Assert.Contains("spool", output, StringComparison.Ordinal);
        string metrics = await ptt.Http.GetStringAsync("/metrics");
        Assert.Contains("\nptt_queue_depth ", metrics, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_memory_working_set_bytes ", metrics, StringComparison.Ordinal);

        await ptt.StopAsync();
        (int gone, _) = await Command.RunAsync(PttProcess.Program, ["healthcheck", endPoint]);
        Assert.Equal(1, gone);
    }
}
