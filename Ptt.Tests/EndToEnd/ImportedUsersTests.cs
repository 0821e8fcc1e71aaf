using System.Text.Json;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary><c>ptt import-users</c> beside a running server: the old password opens once by its digest, and from then on by a verifier.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ImportedUsersTests(UsersOverSmtpFixture users) : IClassFixture<UsersOverSmtpFixture>
{
    private const string OldPassword = "der alte Schlüssel";

    [Fact]
    public async Task The_digest_of_the_old_system_serves_for_one_login_and_is_replaced()
    {
        using var seed = new TemporaryDirectory();
        (int hashed, string digest) = await Command.RunAsync("/usr/bin/python3", ["-c", "import hashlib,sys; print(hashlib.blake2b(sys.argv[1].encode()).hexdigest())", OldPassword]);
        Assert.True(hashed == 0, digest);
        digest = digest.Trim();
        await File.WriteAllTextAsync(seed.File("grace"), JsonSerializer.Serialize(new { targets = Array.Empty<string>(), password = digest, insecure = false }));
        await File.WriteAllTextAsync(seed.File("list"), JsonSerializer.Serialize(new { targets = new[] { "<grace@example.test>" }, password = digest, insecure = false }));
        foreach (string[] arguments in (string[][])[["init", "-q"], ["add", "."], ["-c", "user.name=old", "-c", "user.email=old@example.test", "commit", "-q", "-m", "users"]])
        {
            (int code, string said) = await Command.RunAsync("git", arguments, directory: seed.Path);
            Assert.True(code == 0, said);
        }

        string[] import = ["import-users", "--domain", "example.test", seed.Path, "--Ptt:DataDirectory=" + users.Ptt.DataDirectory];
        (int imported, string output) = await Command.RunAsync(PttProcess.Program, import);
        Assert.True(imported == 0, output);
        Assert.Contains("2 users imported, 0 were there already.", output, StringComparison.Ordinal);
        (_, string again) = await Command.RunAsync(PttProcess.Program, import);
        Assert.Contains("0 users imported, 2 were there already.", again, StringComparison.Ordinal);
        Assert.Contains(digest, await FileInGitAsync(), StringComparison.Ordinal);
        await UntilAsync(async () =>
        {
            using HttpResponseMessage answer = await users.Ptt.Http.GetAsync("/api/v1/users/grace@example.test");
            return answer.IsSuccessStatusCode;
        });

        await using LoggedInSender first = await LoggedInSender.ConnectAsync(users.Ptt);
        Assert.StartsWith("535", await first.AuthAsync("grace@example.test", digest), StringComparison.Ordinal);   // the digest is no password
        Assert.StartsWith("235", await first.AuthAsync("grace@example.test", OldPassword), StringComparison.Ordinal);
        await UntilAsync(async () => !(await FileInGitAsync()).Contains(digest, StringComparison.Ordinal));
        Assert.Contains("SCRAM-SHA-256$4096:", await FileInGitAsync(), StringComparison.Ordinal);

        await using LoggedInSender second = await LoggedInSender.LogInAsync(users.Ptt, "grace@example.test", OldPassword);
        Assert.StartsWith("250", await second.SendAsync("grace@example.test", "by the verifier", "bob@example.com"), StringComparison.Ordinal);
        Assert.StartsWith("250", await first.SendAsync("grace@example.test", "by the digest", "list@example.test"), StringComparison.Ordinal);   // its session goes on
        await users.Ptt.InboxAsync(1, m => m.GetProperty("subject").GetString() == "by the verifier");
    }

    private async Task<string> FileInGitAsync()
    {
        (int code, string file) = await Command.RunAsync("git", ["--git-dir", Path.Combine(users.Ptt.DataDirectory, "users.git"), "show", "main:users/example.test/grace.json"]);
        Assert.True(code == 0, file);
        return file;
    }

    private async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (int i = 0; !await isSo(); i++)
        {
            Assert.True(i < 1200, users.Ptt.Output);
            await Task.Delay(100);
        }
    }
}
