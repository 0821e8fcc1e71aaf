using System.Diagnostics;
using System.Globalization;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>As process 1, which it is in a container and on a machine of its own: here in a process name space of its own, in a role that starts no program itself.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ProcessOneTests
{
    [Fact]
    public async Task Orphans_are_waited_for_and_a_stop_is_graceful()
    {
        using var folder = new TemporaryDirectory();
        (int http, int smtp) = (Ports.Free(), Ports.Free());
        string[] alone = ["--pid", "--fork", "--mount-proc", "--kill-child"];
        using Process outer = Command.Start("unshare",
        [
            .. Environment.IsPrivilegedProcess ? alone : ["--user", "--map-root-user", .. alone], PttProcess.Program,
            $"--Ptt:DataDirectory={folder.File("data")}", "--Ptt:Roles:0=Relay", $"--Ptt:Http:EndPoint=127.0.0.1:{http}",
            "--Ptt:Listeners:0:Role=Relay", $"--Ptt:Listeners:0:EndPoint=127.0.0.1:{smtp}", "--Ptt:Listeners:0:Tls=None",
        ], Repository.Root);
        Task<string> output = outer.StandardOutput.ReadToEndAsync(), errors = outer.StandardError.ReadToEndAsync();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
            await UntilAsync(async () => !outer.HasExited ? await IsReadyAsync(client) : throw new InvalidOperationException(await output + await errors));
            string first = (await ChildrenAsync(outer.Id)).Single().Id;

            // One that waits for a file, and whose parent has gone at once.
            (int code, string said) = await Command.RunAsync("nsenter", ["-t", first, "-p", "-r", "-w", "sh", "-c", $"(while [ ! -e {folder.File("go")} ]; do sleep 0.1; done) >/dev/null 2>&1 &"]);
            Assert.True(code == 0, said);
            await UntilAsync(async () => (await ChildrenAsync(int.Parse(first, CultureInfo.InvariantCulture))).Length == 1);   // it is process 1's now
            await File.WriteAllTextAsync(folder.File("go"), "");
            await UntilAsync(async () => (await ChildrenAsync(int.Parse(first, CultureInfo.InvariantCulture))).Length == 0);   // neither running nor a zombie

            Assert.Equal(0, (await Command.RunAsync("/bin/kill", ["-TERM", first])).Code);
            await outer.WaitForExitAsync();
            Assert.Equal(0, outer.ExitCode);
        }
        finally
        {
            if (!outer.HasExited)
            {
                outer.Kill();
            }
        }
    }

    // As ps has them, those that have ended and are not waited for among them.
    private static async Task<(string Id, string State)[]> ChildrenAsync(int process) =>
        [.. (await Command.RunAsync("ps", ["--ppid", process.ToString(CultureInfo.InvariantCulture), "-o", "pid=,stat="])).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(w => (w[0], w[1]))];

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (!await isSo())
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync("/readyz");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
