using System.Net;
using System.Text.Json;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Web.Http;

namespace Ptt.Web.Users.Files;

/// <summary>A user from JSON, with every fault: one reader for the file in git and for the API.</summary>
internal static class UserReader
{
    public const int MaxAppPasswords = 50;
    private const int MaxList = 1000;

    /// <summary>Null where a fault was found. <paramref name="fromFile"/>: app passwords are read too, which the API sets elsewhere.</summary>
    public static User? Read(JsonElement json, bool fromFile, List<Fault> faults, string pointer = "")
    {
        int before = faults.Count;
        var members = new JsonMembers(json, pointer, faults);
        string? address = members.Text("address", 320, required: true);
        Mailbox? mailbox = null;
        if (address is not null && !Addresses.TryCanonical(address, out mailbox))
        {
            members.Fail("address", "is not a mail address");
        }

        string? verifier = members.Text("verifier", 512);
        if (verifier is not null && !Secret.IsVerifier(verifier))
        {
            members.Fail("verifier", "must be SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, with 4096 iterations at least");
        }

        List<AppPassword> appPasswords = [];
        if (fromFile)
        {
            appPasswords = members.Elements("appPasswords", MaxAppPasswords, (element, at) => (ReadAppPassword(element, at, faults), true)).OfType<AppPassword>().ToList();
        }
        else
        {
            members.Skip("appPasswords", "hasPassword", "changed", "version", "password", "id");   // what a GET shows may be sent back
        }

        var user = new User
        {
            Address = mailbox!,
            DisplayName = members.Text("displayName", 200),
            Enabled = members.Flag("enabled") ?? true,
            Roles = members.List<string>("roles", 20, r => r.Length is > 0 and <= 40 && r.All(c => char.IsAsciiLetterLower(c) || c == '-') ? (r, null) : (null, "is no name of a role")),
            Verifier = verifier,
            AppPasswords = appPasswords,
            SendAs = members.List<string>("sendAs", MaxList, ReadSendAs),
            Targets = members.List<Mailbox>("targets", MaxList, t => Mailbox.TryParse(t, out Mailbox? target) ? (target, null) : (null, "is not a mail address")),
            Limits = ReadLimits(members, faults),
            Scim = members.Object("scim")?.Clone(),
            Others = members.Rest(),
        };
        if (!fromFile)
        {
            faults.AddRange(user.Others.Select(o => new Fault(members.Pointer(o.Key), "is no member of a user")));
        }

        if (user.AppPasswords.Select(a => a.Id).Distinct().Count() != user.AppPasswords.Count)
        {
            members.Fail("appPasswords", "have an id twice");
        }

        return faults.Count == before ? user : null;
    }

    public static OwnDomain? ReadDomain(JsonElement json, bool fromFile, List<Fault> faults)
    {
        int before = faults.Count;
        var members = new JsonMembers(json, "", faults);
        DomainName? name = ReadName(members, "domain", required: true);
        Mailbox? postmaster = null;
        if (members.Text("postmaster", 320) is { } text && !Mailbox.TryParse(text, out postmaster))
        {
            members.Fail("postmaster", "is not a mail address");
        }

        var domain = new OwnDomain
        {
            Domain = name ?? default,
            AliasOf = ReadName(members, "aliasOf", required: false),
            Postmaster = postmaster,
            Limits = ReadLimits(members, faults),
            Others = members.Rest(),
        };
        if (domain.AliasOf == name && name is not null)
        {
            members.Fail("aliasOf", "is the domain itself");
        }

        if (!fromFile)
        {
            faults.AddRange(domain.Others.Where(o => o.Key is not ("version" or "users")).Select(o => new Fault(members.Pointer(o.Key), "is no member of a domain")));
        }

        return faults.Count == before ? domain : null;
    }

    private static DomainName? ReadName(JsonMembers members, string member, bool required)
    {
        if (members.Text(member, 255, required) is not { } text)
        {
            return null;
        }

        if (DomainName.TryParse(text, out DomainName name) && name.Labels.Length >= 2 && !name.ToString().Contains('*', StringComparison.Ordinal))
        {
            return name;
        }

        members.Fail(member, "is not a domain name of two labels or more");
        return null;
    }

    private static (string?, string?) ReadSendAs(string text)
    {
        if (text.StartsWith("*@", StringComparison.Ordinal))
        {
            return DomainName.TryParse(text[2..], out DomainName domain) && !domain.IsRoot && !text[2..].Contains('*', StringComparison.Ordinal) ? ("*@" + domain, null) : (null, "is no *@domain");
        }

        return Addresses.TryCanonical(text, out Mailbox? address) ? (address.ToString(), null) : (null, "must be a mail address or *@domain");
    }

    private static UserLimits ReadLimits(JsonMembers user, List<Fault> faults)
    {
        if (user.Object("limits") is not { } json)
        {
            return UserLimits.None;
        }

        var members = new JsonMembers(json, user.Pointer("limits"), faults);
        OverLimit? over = null;
        if (members.Text("overLimit", 10) is { } text)
        {
            over = text switch { "defer" => OverLimit.Defer, "refuse" => OverLimit.Refuse, "hold" => OverLimit.Hold, _ => null };
            if (over is null)
            {
                members.Fail("overLimit", "must be defer, refuse or hold");
            }
        }

        var limits = new UserLimits
        {
            RecipientsPerHour = (int?)members.Number("recipientsPerHour", int.MaxValue),
            RecipientsPerDay = (int?)members.Number("recipientsPerDay", int.MaxValue),
            NewRecipientsPerDay = (int?)members.Number("newRecipientsPerDay", int.MaxValue),
            MessageSize = members.Number("messageSize", long.MaxValue),
            Sessions = (int?)members.Number("sessions", int.MaxValue),
            OverLimit = over,
        };
        foreach ((string name, _) in members.Rest())
        {
            members.Fail(name, "is no limit that we know");
        }

        return limits == UserLimits.None ? UserLimits.None : limits;
    }

    private static AppPassword? ReadAppPassword(JsonElement json, string pointer, List<Fault> faults)
    {
        int before = faults.Count;
        var members = new JsonMembers(json, pointer, faults);
        string? id = members.Text("id", 40, required: true);
        string? verifier = members.Text("verifier", 512, required: true);
        if (verifier is not null && !Secret.IsVerifier(verifier))
        {
            members.Fail("verifier", "is no SCRAM verifier");
        }

        var password = new AppPassword(id!, members.Text("name", 100) ?? "", verifier!, members.Time("expires"), ReadNetworks(members));
        return faults.Count == before ? password : null;
    }

    public static List<IPNetwork> ReadNetworks(JsonMembers members) => members.List<IPNetwork>("networks", 100, n =>
        IPNetwork.TryParse(n, out IPNetwork network) ? (network, null)
        : IPAddress.TryParse(n, out IPAddress? only) ? (new IPNetwork(only, only.GetAddressBytes().Length * 8), null)
        : (default, "must be an address or a network such as 192.0.2.0/24"));
}
