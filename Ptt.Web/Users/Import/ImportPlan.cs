using System.Security.Claims;
using System.Text.Json.Nodes;
using Ptt.Web.Access;
using Ptt.Web.Http;
using Ptt.Web.Users.Changes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Import;

/// <summary>
/// What a file of users would change, row by row. Columns are those of the file that the list of users gives, with <c>password</c>
/// besides; a column that is not there, and a cell that is empty, leaves what the user has.
/// </summary>
public sealed record ImportPlan(IReadOnlyList<ImportRow> Rows, IReadOnlyList<string> Faults)
{
    public const int MaxRows = 100_000;

    private static readonly string[] Columns = ["address", "name", "enabled", "roles", "send_as", "targets", "password"];
    private static readonly string[] Ignored = ["app_passwords", "changed"];

    /// <summary>The rows that will be carried out.</summary>
    public IEnumerable<ImportRow> Wanted => Rows.Where(r => r.Kind is ImportKind.Create or ImportKind.Change);

    public int Count(ImportKind kind) => Rows.Count(r => r.Kind == kind);

    public static ImportPlan Read(string text, UserSnapshot now, ClaimsPrincipal caller, Func<string, string?> passwordFault)
    {
        if (CsvReader.Read(text) is not { Count: > 1 } rows)
        {
            return new ImportPlan([], ["The file has no rows, or a quoted cell in it has no end."]);
        }

        string[] header = [.. rows[0].Cells.Select(c => c.ToLowerInvariant().Replace(' ', '_'))];
        List<string> faults = [.. header.Where(h => h.Length > 0 && !Columns.Contains(h) && !Ignored.Contains(h)).Select(h => $"The column {h} is not known.")];
        faults.AddRange(header.Where(h => h.Length > 0).GroupBy(h => h).Where(g => g.Count() > 1).Select(g => $"The column {g.Key} is there twice."));
        if (!header.Contains("address"))
        {
            faults.Add("There is no column address.");
        }

        if (rows.Count - 1 > MaxRows)
        {
            faults.Add($"There are more than {MaxRows} rows.");
        }

        if (faults.Count > 0)
        {
            return new ImportPlan([], faults);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        List<ImportRow> read = [];
        foreach (CsvRow row in rows.Skip(1))
        {
            Dictionary<string, string> cells = header.Zip(row.Cells).Where(c => c.Second.Length > 0).ToDictionary(c => c.First, c => c.Second);
            ImportRow one = ReadRow(row.Line, cells, now, caller, passwordFault);
            read.Add(one.Kind != ImportKind.Wrong && !seen.Add(one.Address) ? one with { Kind = ImportKind.Wrong, Detail = "is in the file twice" } : one);
        }

        return new ImportPlan(read, []);
    }

    private static ImportRow ReadRow(int line, Dictionary<string, string> cells, UserSnapshot now, ClaimsPrincipal caller, Func<string, string?> passwordFault)
    {
        string address = cells.GetValueOrDefault("address", "");
        ImportRow Wrong(string why) => new(line, address, ImportKind.Wrong, why);
        if (!Addresses.TryCanonical(address, out Ptt.Mail.Mailbox? mailbox))
        {
            return Wrong("is not a mail address");
        }

        User? there = now.Users.GetValueOrDefault(mailbox.ToString())?.User;
        List<Fault> faults = [];
        if (Apply(there ?? new User { Address = mailbox }, cells, faults) is not { } user)
        {
            return Wrong($"{faults[0].Pointer.TrimStart('/')} {faults[0].Detail}");
        }

        if (!now.Domains.ContainsKey(mailbox.Domain) || !caller.MayActOn(mailbox.Domain))
        {
            return Wrong($"{mailbox.Domain} is no domain of ours");
        }

        RoleGuard.Check(caller, there, user, "", faults);
        string? password = cells.GetValueOrDefault("password");
        if (faults.Count > 0 || (password is not null && passwordFault(password) is not null))
        {
            return Wrong(faults.Count > 0 ? faults[0].Detail : $"password {passwordFault(password!)}");
        }

        string? changes = there is null ? null : UserChanges.Describe(there, user);
        ImportKind kind = there is null ? ImportKind.Create : changes is null && password is null ? ImportKind.Same : ImportKind.Change;
        return new ImportRow(line, user.Address.ToString(), kind, password is null ? changes : changes is null ? "password" : $"{changes}; password") { Cells = cells };
    }

    /// <summary>A user with the cells of a row put over it; null and the faults where they do not fit.</summary>
    internal static User? Apply(User user, IReadOnlyDictionary<string, string> cells, List<Fault> faults)
    {
        var patch = new JsonObject();
        foreach ((string name, string cell) in cells)
        {
            switch (name)
            {
                case "name":
                    patch["displayName"] = cell;
                    break;
                case "enabled":
                    patch["enabled"] = bool.TryParse(cell, out bool enabled) ? enabled : JsonValue.Create(cell);
                    break;
                case "roles" or "send_as" or "targets":
                    patch[name == "send_as" ? "sendAs" : name] = new JsonArray([.. cell.Split(' ', ',', ';', '\n').Where(w => w.Length > 0).Select(w => (JsonNode)w)]);
                    break;
            }
        }

        return UserPatch.Apply(user, patch, faults) is { } patched ? patched with { Verifier = user.Verifier } : null;
    }
}

/// <summary>One row: what it is about, what will come of it, and for people why, or what in it changes.</summary>
public sealed record ImportRow(int Line, string Address, ImportKind Kind, string? Detail)
{
    internal IReadOnlyDictionary<string, string> Cells { get; init; } = new Dictionary<string, string>();
}

public enum ImportKind
{
    Create,
    Change,
    Same,
    Wrong,
}
