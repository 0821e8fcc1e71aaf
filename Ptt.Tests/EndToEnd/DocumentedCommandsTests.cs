using System.Text.RegularExpressions;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd;

/// <summary>
/// Every command that the documentation tells an administrator to type. Above each stands in a comment how it is tried: <c>run here</c> (below, as it stands
/// there), <c>run by</c> the class of tests that does the same, or <c>not run</c> and why.
/// </summary>
[Collection(EndToEndCollection.Name)]
public sealed partial class DocumentedCommandsTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    public static TheoryData<string> Documents =>
        [.. Blocks().Where(b => b.Marker == "run here").Select(b => b.File).Distinct()];

    [Fact]
    public void Above_each_command_stands_how_it_is_tried()
    {
        (string File, string Marker, string Text)[] blocks = [.. Blocks()];
        Assert.True(blocks.Length > 12);
        string tests = string.Concat(Repository.Sources("Ptt.Tests").Select(Path.GetFileName));
        Assert.Empty(blocks.Where(b => b.Marker switch
        {
            "run here" => false,
            _ when b.Marker.StartsWith("run by ", StringComparison.Ordinal) => !tests.Contains(b.Marker["run by ".Length..] + ".cs", StringComparison.Ordinal),
            _ => !NotRun().IsMatch(b.Marker),
        }).Select(b => $"{b.File}: {b.Text}"));
    }

    [Theory, MemberData(nameof(Documents))]
    public async Task The_commands_of_it_do_what_it_says(string document)
    {
        using var folder = new TemporaryDirectory();
        File.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(Path.Combine(folder.Path, "bin")).FullName, "ptt"), PttProcess.Program);
        string data = document == "docs/backup.md" ? sandbox.Ptt.DataDirectory : Path.Combine(folder.Path, "data");
        string script = string.Join('\n', Blocks().Where(b => b.File == document && b.Marker == "run here").Select(b => b.Text))
            .Replace("http://127.0.0.1:8080", $"http://127.0.0.1:{sandbox.Ptt.HttpPort}", StringComparison.Ordinal)
            .Replace("/var/backups/", "", StringComparison.Ordinal).Replace("/etc/ptt/", "", StringComparison.Ordinal).Replace("/var/lib/ptt", "restored", StringComparison.Ordinal);
        (int code, string output) = await Command.RunAsync("bash", ["-c",
            $$"""
            set -eu
            cd '{{folder.Path}}'
            export PATH="$PWD/bin:$PATH:/usr/sbin" TOKEN={{SandboxFixture.Token}} Ptt__DataDirectory='{{data}}'
            curl() { command curl -sS --fail-with-body "$@"; }
            {{script}}
            """]);
        Assert.True(code == 0, $"{script}\n{output}");
    }

    [Fact]
    public async Task Check_says_what_is_well_and_what_stands_in_the_way()
    {
        int nobody = Ports.Free();
        (int code, string output) = await PttProcess.RunAsync("Production", null,
            [$"Ptt:Dns:Resolvers:0=127.0.0.1:{sandbox.Ptt.DnsPort}", $"Ptt:Dns:Resolvers:1=127.0.0.1:{nobody}", $"Ptt:Listeners:0:EndPoint=127.0.0.1:{sandbox.Ptt.TlsPort}"], "check");
        Assert.Equal(1, code);
        Assert.Contains("good  configuration", output, StringComparison.Ordinal);
        Assert.Contains($"good  DNS resolver 127.0.0.1:{sandbox.Ptt.DnsPort}", output, StringComparison.Ordinal);
        Assert.Contains($"BAD   DNS resolver 127.0.0.1:{nobody}", output, StringComparison.Ordinal);
        Assert.Contains($"warn  Submission listener 127.0.0.1:{sandbox.Ptt.TlsPort}: the port is in use", output, StringComparison.Ordinal);
    }

    /// <summary>Blocks of commands: fenced as sh, or indented and neither settings nor a picture.</summary>
    private static IEnumerable<(string File, string Marker, string Text)> Blocks()
    {
        string[] files = ["README.md", .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal)];
        foreach (string file in files)
        {
            string text = File.ReadAllText(Path.Combine(Repository.Root, file));
            foreach (Match match in Block().Matches(text))
            {
                string body = match.Groups["fenced"].Success ? match.Groups["fenced"].Value : string.Join('\n', match.Groups["indented"].Value.Split('\n').Select(l => l.Trim()));
                if (!match.Groups["fenced"].Success && (body.StartsWith("Ptt__", StringComparison.Ordinal) || text[..match.Index].Split("```").Length % 2 == 0))
                {
                    continue;
                }

                string above = text[..match.Index].TrimEnd().Split('\n')[^1].Trim();
                yield return (file, above.StartsWith("<!-- ", StringComparison.Ordinal) ? above[5..^4] : "", body);
            }
        }
    }

    [GeneratedRegex(@"^```sh\n(?<fenced>[^`]*)```|(?<=\n\n)(?<indented>(?:(?: {4,})[^ \n|*\-].*\n(?: +.*\n)*))", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("^not run: .{10,}")]
    private static partial Regex NotRun();
}
