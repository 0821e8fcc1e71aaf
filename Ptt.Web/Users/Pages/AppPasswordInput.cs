using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Pages;

/// <summary>A new app password as a form has it: every field a text.</summary>
public sealed class AppPasswordInput
{
    public string? Text { get; set; }

    /// <summary>The last day on which it is good (UTC), as a browser writes a date.</summary>
    public string? Ends { get; set; }

    public string? Networks { get; set; }

    /// <summary>Null where a fault was found.</summary>
    internal NewAppPassword? ToNew(List<Fault> faults, DateTimeOffset now)
    {
        DateTimeOffset? expires = null;
        if (!string.IsNullOrWhiteSpace(Ends))
        {
            expires = DateOnly.TryParseExact(Ends, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
                ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddDays(1) : null;
            if (expires is null || expires <= now)
            {
                faults.Add(new("/expires", "must be a day to come"));
            }
        }

        string[] words = (Networks ?? "").Split([' ', ',', ';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        using var json = JsonDocument.Parse(new JsonObject { ["networks"] = new JsonArray([.. words.Select(w => (JsonNode?)w)]) }.ToJsonString());
        List<Fault> wrong = [];
        List<System.Net.IPNetwork> networks = UserReader.ReadNetworks(new JsonMembers(json.RootElement, "", wrong));
        faults.AddRange(wrong.Select(f => f with { Pointer = "/networks" }));
        return faults.Count == 0 ? new NewAppPassword(Text!.Trim(), expires, networks) : null;
    }
}
