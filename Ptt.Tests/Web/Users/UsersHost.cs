using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Tests.Support;
using Ptt.Web.Users;
using Ptt.Web.Users.Git;
using Ptt.Web.Users.InForce;
using Ptt.Web.Users.Sync;

namespace Ptt.Tests.Web.Users;

/// <summary>The Users room with a repository of its own, and git at hand as a person would use it.</summary>
internal static class UsersHost
{
    public static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    public static Task<ApiHost> StartAsync(string? directory = null, ManualTime? time = null, params (string Key, string Value)[] settings) =>
        ApiHost.StartAsync(b => b.AddUsers(), a => a.MapUsers(), directory, time, [("Ptt:Users:Iterations", "4096"), .. settings]);

    /// <summary>With the domain example.org.</summary>
    public static async Task<ApiHost> StartWithDomainAsync(string? directory = null, ManualTime? time = null, params (string Key, string Value)[] settings)
    {
        ApiHost host = await StartAsync(directory, time, settings);
        HttpResponseMessage made = await host.Client().PostAsJsonAsync("/api/v1/domains", new { domain = "example.org" });
        Assert.Contains(made.StatusCode, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict });
        return host;
    }

    public static async Task<JsonElement> CreateAsync(this ApiHost host, object user)
    {
        HttpResponseMessage response = await host.Client().PostAsJsonAsync("/api/v1/users", user);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public static async Task PatchAsync(this ApiHost host, string address, object patch)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/users/" + address)
        {
            Content = new StringContent(JsonSerializer.Serialize(patch), System.Text.Encoding.UTF8, "application/merge-patch+json"), Headers = { IfMatch = { EntityTagHeaderValue.Any } },
        };
        HttpResponseMessage response = await host.Client().SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public static async Task<bool> LogsInAsync(this ApiHost host, string login, string password, IPAddress? from = null) =>
        await host.TryLogInAsync(login, password, from) is AuthVerdict.Accepted;

    public static ValueTask<AuthVerdict> TryLogInAsync(this ApiHost host, string login, string password, IPAddress? from = null) =>
        host.Services.GetRequiredService<IAuthenticator>().VerifyPasswordAsync(login, password, from ?? Client, CancellationToken.None);

    public static UserDirectory Directory(this ApiHost host) => host.Services.GetRequiredService<UserDirectory>();

    public static UserStore Store(this ApiHost host) => host.Services.GetRequiredService<UserStore>();

    public static string Repository(this ApiHost host) => host.Services.GetRequiredService<GitCommand>().Repository;

    /// <summary>Plain git, with a person's name.</summary>
    public static string Git(string directory, params string[] arguments) => GitFrom(null, directory, arguments);

    /// <summary>With a file as its standard input.</summary>
    public static string GitFrom(string? input, string directory, params string[] arguments) => Run(input, null, directory, arguments);

    /// <summary>As if on another day.</summary>
    public static string GitAt(string? day, string directory, params string[] arguments) => Run(null, day, directory, arguments);

    private static string Run(string? input, string? day, string directory, string[] arguments)
    {
        var start = new ProcessStartInfo("git") { RedirectStandardInput = input is not null, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory };
        foreach (string argument in (string[])["-c", "user.name=A Person", "-c", "user.email=person@example.org", "-c", "protocol.file.allow=always", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        if (day is not null)
        {
            (start.Environment["GIT_AUTHOR_DATE"], start.Environment["GIT_COMMITTER_DATE"]) = (day, day);
        }

        using Process git = Process.Start(start)!;
        if (input is not null)
        {
            git.StandardInput.Write(System.IO.File.ReadAllText(input));
            git.StandardInput.Close();
        }

        Task<string> errors = git.StandardError.ReadToEndAsync();
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {errors.Result}");
    }

    public static string File(string address, string members = "") =>
        $"{{\n  \"address\": \"{address}\",\n  \"enabled\": true{(members.Length > 0 ? ",\n  " + members : "")}\n}}\n";

    public static Mailbox Address(string text) => Mailbox.Parse(text);
}
