using System.Text.RegularExpressions;
using Ptt.Tests.Support;

namespace Ptt.Tests.House;

/// <summary>Imports run in one direction: projects, the floors of Ptt.Smtp, the rooms of Ptt.Web (docs/architecture.md).</summary>
public sealed partial class OrderOfImportsTests
{
    private static readonly string[] Roles = ["Submission", "Signing", "Relay"];

    // Each line may import the lines above it; rooms on one line never see each other.
    private static readonly string[][] SmtpFloors =
    [
        ["Protocol"], ["Transport"], ["Sasl"], ["Pipeline"], ["Client"], ["Server", "Submission", "Signing", "Relay"],
    ];

    private static readonly string[][] WebFloors =
    [
        ["Configuration"], ["Formats"], ["Machine", "Http", "Ui", "Alarms"], ["Access"], ["Domains", "Backups"], ["Users", "Keys", "Queue", "Links", "Acme"],
        ["Roles", "Listeners", "Monitoring", "Outbound"], ["Sandbox"], ["Shell"], ["Verbs"],
    ];

    // Rooms within a room; the files beside them are its front: they use all of them.
    private static readonly Dictionary<string, string[][]> InnerRooms = new()
    {
        ["Ptt.Web/Users"] =
        [
            ["Files"], ["Git", "InForce"], ["Sync", "Sending"], ["Credentials"], ["Changes"], ["Api", "Scim", "Import"], ["Pages"],
        ],
        ["Ptt.Web/Keys"] = [["Derivation", "Rings"], ["Vault"], ["Rotation"], ["Pages"]],
    };

    [Theory]
    [InlineData("Ptt.Dns", new[] { "Ptt.Mail", "Ptt.Smtp", "Ptt.Web" })]
    [InlineData("Ptt.Mail", new[] { "Ptt.Smtp", "Ptt.Web" })]
    [InlineData("Ptt.Smtp", new[] { "Ptt.Web" })]
    public void A_project_uses_only_those_before_it(string project, string[] forbidden)
    {
        Assert.DoesNotContain(Imports(project), i => forbidden.Any(f => i.Target == f || i.Target.StartsWith(f + ".", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_floors_of_Smtp_stand_on_those_below() => Assert.Empty(Upward("Ptt.Smtp", SmtpFloors));

    [Fact]
    public void Rooms_within_a_room_stand_on_those_below() =>
        Assert.Empty(InnerRooms.SelectMany(room => Upward(room.Key, room.Value)));

    [Fact]
    public void The_rooms_of_Web_stand_on_those_below() => Assert.Empty(Upward("Ptt.Web", WebFloors));

    [Fact]
    public void Every_folder_has_its_place_in_the_order()
    {
        foreach ((string project, string[][] floors) in new[] { ("Ptt.Smtp", SmtpFloors), ("Ptt.Web", WebFloors) })
        {
            string[] known = [.. floors.SelectMany(f => f), "bin", "obj", "Properties"];
            Assert.Empty(Directory.GetDirectories(Path.Combine(Repository.Root, project)).Select(Path.GetFileName).Except(known));
        }

        foreach ((string room, string[][] floors) in InnerRooms)
        {
            Assert.Empty(Directory.GetDirectories(Path.Combine(Repository.Root, room)).Select(Path.GetFileName).Except(floors.SelectMany(f => f)));
        }

        Assert.Subset(SmtpFloors.SelectMany(f => f).ToHashSet(), Roles.ToHashSet());
    }

    private static IEnumerable<(string File, string Target)> Upward(string place, string[][] floors)
    {
        int FloorOf(string room) => Array.FindIndex(floors, f => f.Contains(room));
        string name = place.Replace('/', '.') + ".";
        foreach ((string file, string target) in Imports(place))
        {
            string[] folders = file[(place.Length + 1)..].Split('/');
            if (folders.Length < 2 || !target.StartsWith(name, StringComparison.Ordinal))
            {
                continue;   // its own top level (Program), or elsewhere
            }

            (string from, string to) = (folders[0], target[name.Length..].Split('.')[0]);
            if (from != to && FloorOf(to) >= FloorOf(from))
            {
                yield return (file, target);
            }
        }
    }

    private static IEnumerable<(string File, string Target)> Imports(string project) =>
        from path in Repository.Sources(project)
        from Match match in UsingLine().Matches(File.ReadAllText(path))
        select (Path.GetRelativePath(Repository.Root, path), match.Groups[1].Value);

    [GeneratedRegex(@"^\s*@?using\s+(?:static\s+|\w+\s*=\s*)?(Ptt\.[\w.]+?)\s*;?\s*$", RegexOptions.Multiline)]
    private static partial Regex UsingLine();
}
