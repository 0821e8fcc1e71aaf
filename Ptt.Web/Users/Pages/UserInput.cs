using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Pages;

/// <summary>A user as a form has it: every field a text. Read by the same reader as the API's bodies, so that the same faults are found.</summary>
public sealed class UserInput
{
    public string? Address { get; set; }

    public string? DisplayName { get; set; }

    /// <summary>A box that is not ticked sends nothing: false until something says otherwise.</summary>
    public bool Enabled { get; set; }

    public string[]? Roles { get; set; }

    public string? Password { get; set; }

    /// <summary>One address or pattern a line.</summary>
    public string? SendAs { get; set; }

    /// <summary>One address a line.</summary>
    public string? Targets { get; set; }

    public string? PerHour { get; set; }

    public string? PerDay { get; set; }

    public string? NewPerDay { get; set; }

    public string? MessageSize { get; set; }

    public string? Sessions { get; set; }

    /// <summary>defer, refuse or hold; empty: what the domain or the server says.</summary>
    public string? OverLimit { get; set; }

    /// <summary>The state that the form was filled from; what others changed since is not overwritten.</summary>
    public string? Version { get; set; }

    public static UserInput Of(StoredUser stored) => new()
    {
        Address = stored.User.Address.ToString(), DisplayName = stored.User.DisplayName, Enabled = stored.User.Enabled, Roles = [.. stored.User.Roles],
        SendAs = string.Join('\n', stored.User.SendAs), Targets = string.Join('\n', stored.User.Targets),
        PerHour = Text(stored.User.Limits.RecipientsPerHour), PerDay = Text(stored.User.Limits.RecipientsPerDay), NewPerDay = Text(stored.User.Limits.NewRecipientsPerDay),
        MessageSize = Text(stored.User.Limits.MessageSize), Sessions = Text(stored.User.Limits.Sessions),
        OverLimit = stored.User.Limits.OverLimit?.ToString().ToLowerInvariant(), Version = stored.Version,
    };

    /// <summary>The members that the form shows; for a patch the others stay as they are.</summary>
    internal JsonObject ToJson(List<Fault> faults)
    {
        var json = new JsonObject
        {
            ["displayName"] = string.IsNullOrWhiteSpace(DisplayName) ? null : DisplayName.Trim(),
            ["enabled"] = Enabled,
            ["roles"] = new JsonArray([.. (Roles ?? []).Select(r => (JsonNode?)r)]),
            ["sendAs"] = Lines(SendAs),
            ["targets"] = Lines(Targets),
        };
        json["limits"] = new JsonObject
        {
            ["recipientsPerHour"] = Number(PerHour, "/limits/recipientsPerHour", faults), ["recipientsPerDay"] = Number(PerDay, "/limits/recipientsPerDay", faults),
            ["newRecipientsPerDay"] = Number(NewPerDay, "/limits/newRecipientsPerDay", faults), ["messageSize"] = Number(MessageSize, "/limits/messageSize", faults),
            ["sessions"] = Number(Sessions, "/limits/sessions", faults), ["overLimit"] = string.IsNullOrEmpty(OverLimit) ? null : OverLimit,
        };
        return json;
    }

    /// <summary>Null where a fault was found.</summary>
    internal NewUser? ToNew(ClaimsPrincipal caller, List<Fault> faults)
    {
        JsonObject json = ToJson(faults);
        json["address"] = Address?.Trim();
        foreach (string name in json.Where(m => m.Value is null).Select(m => m.Key).ToArray())
        {
            json.Remove(name);
        }

        JsonObject limits = json["limits"]!.AsObject();
        foreach (string name in limits.Where(m => m.Value is null).Select(m => m.Key).ToArray())
        {
            limits.Remove(name);
        }

        using var document = JsonDocument.Parse(json.ToJsonString());
        User? user = UserReader.Read(document.RootElement, fromFile: false, faults);
        if (user is not null && !caller.MayActOn(user.Address.Domain))
        {
            faults.Add(new("/address", "is of a domain that is not yours"));
        }

        if (user is not null)
        {
            RoleGuard.Check(caller, null, user, "", faults);
        }

        return faults.Count == 0 && user is not null ? new NewUser(user, string.IsNullOrEmpty(Password) ? null : Password) : null;
    }

    private static string? Text(long? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static JsonArray Lines(string? text) => new([.. (text ?? "").Split(['\n', ',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(l => (JsonNode?)l)]);

    private static JsonNode? Number(string? text, string pointer, List<Fault> faults)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        if (long.TryParse(text.Trim(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long number))
        {
            return number;
        }

        faults.Add(new(pointer, "must be a whole number"));
        return null;
    }
}
