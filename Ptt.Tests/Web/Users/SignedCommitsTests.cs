using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Alarms;
using Ptt.Web.Users.Sync;

namespace Ptt.Tests.Web.Users;

/// <summary>Commits signed by git with OpenSSH and with GnuPG themselves, as people do it.</summary>
public sealed class SignedCommitsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Home => _directory.File("gnupg");

    [Fact]
    public async Task OpenPGP_of_an_allowed_key_comes_in_and_each_other_is_refused_in_words()
    {
        Directory.CreateDirectory(Home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await GpgAsync("--quick-generate-key", "good <good@example.org>", "ed25519", "sign", "never");
        await GpgAsync("--quick-generate-key", "revoked <revoked@example.org>", "ed25519", "sign", "never");
        await GpgAsync("--faked-system-time", "20200101T000000", "--quick-generate-key", "expired <expired@example.org>", "ed25519", "sign", "1d");
        string bare = _directory.File("remote.git");
        UsersHost.Git("/", "init", "-q", "--bare", "-b", "main", bare);
        string before;
        await using (ApiHost unsigned = await UsersHost.StartAsync(_directory.File("first"), settings: ("Ptt:Users:Repository", "file://" + bare)))
        {
            await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(unsigned.Client(), "/api/v1/domains", new { domain = "example.org" });
            before = unsigned.Directory().Now.Commit!;
        }

        using Clone clone = Clone.Of(bare);
        Dictionary<string, string> commits = [];
        foreach (string key in new[] { "none", "stranger", "revoked", "expired", "good" })
        {
            if (key == "stranger")
            {
                await GpgAsync("--quick-generate-key", "stranger <stranger@example.org>", "ed25519", "sign", "never");
            }

            UsersHost.Git(clone.Path, "reset", "-q", "--hard", before);
            clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org", $"\"displayName\": \"{key}\""));
            UsersHost.Git(clone.Path, "add", "-A");
            string program = _directory.File("gpg-" + key);
            System.IO.File.WriteAllText(program, $"#!/bin/sh\nexec gpg --homedir '{Home}' --batch --pinentry-mode loopback --passphrase '' {(key == "expired" ? "--faked-system-time 20200101T000100" : "")} \"$@\"\n");
            System.IO.File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            UsersHost.Git(clone.Path, ["-c", "gpg.program=" + program, "-c", $"user.signingKey={key}@example.org", "commit", "-q", "-m", key, .. key == "none" ? Array.Empty<string>() : ["-S"]]);
            commits[key] = UsersHost.Git(clone.Path, "rev-parse", "HEAD");
        }

        string fingerprint = (await GpgAsync("--list-keys", "--with-colons", "revoked@example.org")).Split('\n').First(l => l.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
        string certificate = Path.Combine(Home, "openpgp-revocs.d", fingerprint + ".rev");
        System.IO.File.WriteAllText(certificate, System.IO.File.ReadAllText(certificate).Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal));
        await GpgAsync("--import", certificate);
        string allowed = await GpgAsync("--armor", "--export", "good@example.org", "revoked@example.org", "expired@example.org");

        await using ApiHost host = await UsersHost.StartAsync(_directory.File("second"), settings:
        [
            ("Ptt:Users:Repository", "file://" + bare), ("Ptt:Users:PollInterval", "1.00:00:00"), ("Ptt:Users:RequireSignedCommits", "true"), ("Ptt:Users:AllowedGpgKeys", allowed),
        ]);
        await host.Services.GetRequiredService<UserStore>().SyncAsync(default);
        Assert.Contains("is not signed", Assert.Single(host.Services.GetRequiredService<IAlarms>().Current).Text);   // the very first
        await host.Client().PostAsync($"/api/v1/git/accept/{before}", null);
        foreach ((string key, string words) in new[]
        {
            ("none", "is not signed"), ("stranger", "has no signature of an allowed signer"), ("revoked", "is signed with a key that was revoked"), ("expired", "is signed with a key that has expired"), ("good", ""),
        })
        {
            UsersHost.Git(clone.Path, "push", "-q", "--force", "origin", commits[key] + ":main");
            Assert.Equal(words.Length == 0, await host.Store().SyncAsync(default));
            if (words.Length > 0)
            {
                Assert.Contains($"commit {commits[key][..12]} {words}", Assert.Single(host.Services.GetRequiredService<IAlarms>().Current).Text);
            }
        }

        Assert.Equal("good", host.Directory().Find(UsersHost.Address("eve@example.org"))!.User.DisplayName);
        Assert.Empty(host.Services.GetRequiredService<IAlarms>().Current);
    }

    [Fact]
    public async Task SSH_of_an_allowed_key_comes_in_within_its_time_and_each_other_is_refused_in_words()
    {
        string bare = _directory.File("remote.git"), allowed = "", revoked = "";
        UsersHost.Git("/", "init", "-q", "--bare", "-b", "main", bare);
        await using (ApiHost unsigned = await UsersHost.StartAsync(_directory.File("first"), settings: ("Ptt:Users:Repository", "file://" + bare)))
        {
            await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(unsigned.Client(), "/api/v1/domains", new { domain = "example.org" });
        }

        using Clone clone = Clone.Of(bare);
        string before = UsersHost.Git(clone.Path, "rev-parse", "HEAD");
        Dictionary<string, string> commits = [];
        foreach ((string name, string lines) in new[]
        {
            ("stranger", ""), ("old", "valid-before=\"20200101\" "), ("back", ""), ("early", "valid-after=\"20990101\" "), ("revoked", " "), ("good", "valid-after=\"20200101\",valid-before=\"20990101\" "),
        })
        {
            string key = _directory.File(name == "back" ? "old" : name);
            if (name != "back")
            {
                using var made = System.Diagnostics.Process.Start("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
                await made.WaitForExitAsync();
            }

            allowed += lines.Length > 0 ? $"{name}@example.org {lines}{System.IO.File.ReadAllText(key + ".pub")}" : "";
            revoked += name == "revoked" ? System.IO.File.ReadAllText(key + ".pub") : "";
            UsersHost.Git(clone.Path, "reset", "-q", "--hard", before);
            clone.Write("users/example.org/eve.json", UsersHost.File("eve@example.org", $"\"displayName\": \"{name}\""));
            UsersHost.Git(clone.Path, "add", "-A");
            string[] commit = ["-c", "gpg.format=ssh", "-c", "user.signingKey=" + key, "commit", "-q", "-S", "-m", name];
            UsersHost.GitAt(name == "back" ? "2019-06-01T00:00:00Z" : null, clone.Path, commit);
            commits[name] = UsersHost.Git(clone.Path, "rev-parse", "HEAD");
        }

        await using ApiHost host = await UsersHost.StartAsync(_directory.File("second"), settings:
        [
            ("Ptt:Users:Repository", "file://" + bare), ("Ptt:Users:PollInterval", "1.00:00:00"), ("Ptt:Users:RequireSignedCommits", "true"),
            ("Ptt:Users:AllowedSigners", allowed), ("Ptt:Users:RevokedSigners", revoked),
        ]);
        await host.Store().SyncAsync(default);
        await host.Client().PostAsync($"/api/v1/git/accept/{before}", null);
        foreach ((string name, string words) in new[]
        {
            ("stranger", "has no signature of an allowed signer"), ("old", "is signed with a key that was allowed only until before then (valid-before)"), ("back", "is dated before the one that it follows"),
            ("early", "is signed with a key that is allowed only from a later time on (valid-after)"), ("revoked", "is signed with a key that was revoked"), ("good", ""),
        })
        {
            UsersHost.Git(clone.Path, "push", "-q", "--force", "origin", commits[name] + ":main");
            Assert.Equal(words.Length == 0, await host.Store().SyncAsync(default));
            string text = string.Join('|', host.Services.GetRequiredService<IAlarms>().Current.Select(a => a.Text));
            Assert.True(words.Length == 0 ? text.Length == 0 : text.Contains($"commit {commits[name][..12]} {words}", StringComparison.Ordinal), $"{name}: {text}");
        }

        Assert.Equal("good", host.Directory().Find(UsersHost.Address("eve@example.org"))!.User.DisplayName);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_remote_with_a_private_authority_is_trusted_where_that_is_configured_and_else_an_alarm_says_why_not(bool configured)
    {
        await using GitServer server = await GitServer.StartAsync("https", _directory.File("remote.git"), _directory);
        UsersHost.Git("/", "init", "-q", "--bare", "-b", "main", _directory.File("remote.git"));
        string authority = (configured ? GitServer.Authority : Certificates.Authority("Another Authority")).ExportCertificatePem();
        await using ApiHost host = await UsersHost.StartAsync(_directory.File("data"), settings:
            [("Ptt:Users:Repository", server.Url), ("Ptt:Users:PollInterval", "1.00:00:00"), ("Ptt:Users:CertificateAuthorities", authority), .. server.Settings]);

        await host.Store().SyncAsync(default);

        if (configured)
        {
            Assert.Null(host.Store().State.Unreachable);
            return;
        }

        Assert.Contains("its certificate is not by an authority that we trust (Ptt:Users:CertificateAuthorities)", Assert.Single(host.Services.GetRequiredService<IAlarms>().Current).Text);
    }

    public void Dispose()
    {
        if (Directory.Exists(Home))
        {
            using var end = System.Diagnostics.Process.Start("gpgconf", ["--homedir", Home, "--kill", "all"]);
            end.WaitForExit();
        }

        _directory.Dispose();
    }

    private Task<string> GpgAsync(params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo("gpg", ["--homedir", Home, "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        return Task.Run(async () =>
        {
            using System.Diagnostics.Process gpg = System.Diagnostics.Process.Start(start)!;
            Task<string> errors = gpg.StandardError.ReadToEndAsync();
            string output = await gpg.StandardOutput.ReadToEndAsync();
            await gpg.WaitForExitAsync();
            return gpg.ExitCode == 0 ? output : throw new InvalidOperationException($"gpg {string.Join(' ', arguments)}: {await errors}");
        });
    }
}
