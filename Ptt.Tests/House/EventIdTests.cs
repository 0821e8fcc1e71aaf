using System.Text.RegularExpressions;
using Ptt.Tests.Support;

namespace Ptt.Tests.House;

/// <summary>Whoever collects logs tells events apart by their numbers: one event, one number, and it stays.</summary>
public sealed partial class EventIdTests
{
    [Fact]
    public void No_two_events_have_one_number()
    {
        var events = (from project in (string[])["Ptt.Dns", "Ptt.Mail", "Ptt.Smtp", "Ptt.Web"]
                      from path in Repository.Sources(project)
                      from Match match in Event().Matches(File.ReadAllText(path))
                      select (Id: match.Groups[1].Value, File: Path.GetRelativePath(Repository.Root, path))).ToArray();
        Assert.True(events.Length > 50);
        Assert.Empty(events.GroupBy(e => e.Id).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(e => e.File))}"));
    }

    [GeneratedRegex(@"LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex Event();
}
