using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>One Ptt whose users are made by the API and seen by what they may do over SMTP.</summary>
public sealed class UsersOverSmtpFixture : IAsyncLifetime
{
    public const string Password = "correct horse battery";

    private SmtpSink _refuses = null!;

    internal PttProcess Ptt { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _refuses = new SmtpSink(Ports.Free(), "550 5.1.1 No such user here");
        Ptt = await PttProcess.StartAsync("Development", null, $"Ptt:Admin:ApiToken={SandboxFixture.Token}",
            "Ptt:Users:Iterations=4096", "Ptt:Users:PollInterval=00:00:01", "Ptt:Users:UnusualAtLeast=5",
            $"Ptt:Relay:Routes:refuses.example=127.0.0.1:{_refuses.Port}");
        Ptt.Http.DefaultRequestHeaders.Authorization = new("Bearer", SandboxFixture.Token);
    }

    public async Task DisposeAsync()
    {
        await Ptt.DisposeAsync();
        await _refuses.DisposeAsync();
    }

    /// <summary>A user of the sandbox's domain, whose mail is signed.</summary>
    internal async Task<string> UserAsync(string localPart, object? limits = null)
    {
        string address = localPart + "@example.test";
        await CallAsync(HttpMethod.Post, "/api/v1/users", new { address, password = Password, limits = limits ?? new { } });
        return address;
    }

    internal async Task<JsonElement> CallAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        if (method == HttpMethod.Patch)
        {
            request.Content!.Headers.ContentType = new("application/merge-patch+json");
        }

        using HttpResponseMessage answer = await Ptt.Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}\n{Ptt.Output}");
        return answer.StatusCode == HttpStatusCode.NoContent || text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>All that the queue has of a login.</summary>
    internal async Task<IReadOnlyList<JsonElement>> QueueAsync(string login)
    {
        List<JsonElement> found = [];
        for (string? cursor = ""; cursor is not null;)
        {
            JsonElement page = await CallAsync(HttpMethod.Get, $"/api/v1/queue?limit=200&login={login}" + (cursor.Length > 0 ? "&cursor=" + Uri.EscapeDataString(cursor) : ""));
            found.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }

        return found;
    }

    /// <summary>A bulk order of the queue, to its end: how many messages it changed.</summary>
    internal async Task<long> OrderAsync(string verb, object filter)
    {
        JsonElement job = await CallAsync(HttpMethod.Post, "/api/v1/queue/" + verb, new { filter });
        while (job.GetProperty("endedAt").ValueKind == JsonValueKind.Null)
        {
            await Task.Delay(20);
            job = await CallAsync(HttpMethod.Get, "/api/v1/queue/jobs/" + job.GetProperty("id").GetString());
        }

        return job.GetProperty("changed").GetInt64();
    }
}
