using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Ptt.Mail;
using Ptt.Web.Http;

namespace Ptt.Web.Users.Files;

/// <summary>
/// The files in git: two spaces, a fixed order of members, LF, so that a difference shows what changed and two changes seldom
/// meet. What was written by hand may look otherwise; it is written back in our form at the next change.
/// </summary>
internal static class UserFile
{
    public const int MaxLength = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private static readonly JsonWriterOptions Pretty = new()
    {
        Indented = true, IndentSize = 2, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static User? Parse(ReadOnlyMemory<byte> file, List<Fault> faults)
    {
        using JsonDocument? json = Document(file, faults);
        return json is null ? null : UserReader.Read(json.RootElement, fromFile: true, faults);
    }

    public static OwnDomain? ParseDomain(ReadOnlyMemory<byte> file, List<Fault> faults)
    {
        using JsonDocument? json = Document(file, faults);
        return json is null ? null : UserReader.ReadDomain(json.RootElement, fromFile: true, faults);
    }

    public static byte[] Write(User user) => Write(json =>
    {
        json.WriteString("address", user.Address.ToString());
        if (user.DisplayName is not null)
        {
            json.WriteString("displayName", user.DisplayName);
        }

        json.WriteBoolean("enabled", user.Enabled);
        WriteList(json, "roles", user.Roles);
        if (user.Verifier is not null)
        {
            json.WriteString("verifier", user.Verifier);
        }

        json.WriteStartArray("appPasswords");
        foreach (AppPassword password in user.AppPasswords)
        {
            json.WriteStartObject();
            json.WriteString("id", password.Id);
            json.WriteString("name", password.Name);
            json.WriteString("verifier", password.Verifier);
            if (password.Expires is { } expires)
            {
                json.WriteString("expires", expires.UtcDateTime);
            }
            else
            {
                json.WriteNull("expires");
            }

            WriteList(json, "networks", password.Networks.Select(n => n.ToString()));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteList(json, "sendAs", user.SendAs);
        WriteList(json, "targets", user.Targets.Select(t => t.ToString()));
        WriteLimits(json, user.Limits);
        if (user.Scim is { } scim)
        {
            json.WritePropertyName("scim");
            scim.WriteTo(json);
        }

        WriteOthers(json, user.Others);
    });

    public static byte[] Write(OwnDomain domain) => Write(json =>
    {
        json.WriteString("domain", domain.Domain.ToString());
        if (domain.AliasOf is { } aliasOf)
        {
            json.WriteString("aliasOf", aliasOf.ToString());
        }

        if (domain.Postmaster is { } postmaster)
        {
            json.WriteString("postmaster", postmaster.ToString());
        }

        WriteLimits(json, domain.Limits);
        WriteOthers(json, domain.Others);
    });

    /// <summary>The id that git gives to a blob of these bytes.</summary>
    public static string BlobId(ReadOnlySpan<byte> content)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);   // git's name for it, not a signature
        sha.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {content.Length}\0")));
        sha.AppendData(content);
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>A file of JSON; null and the fault where it is none, or too large.</summary>
    public static JsonDocument? Document(ReadOnlyMemory<byte> text, List<Fault> faults)
    {
        if (text.Length > MaxLength)
        {
            faults.Add(new("", $"is larger than {MaxLength} octets"));
            return null;
        }

        if (!Utf8.IsValid(text.Span))
        {
            faults.Add(new("", "is not UTF-8"));
            return null;
        }

        try
        {
            return JsonDocument.Parse(text, Strict);
        }
        catch (JsonException fault)
        {
            faults.Add(new("", fault.LineNumber is { } line ? $"is not JSON (line {line + 1})" : "is not JSON, or has a member twice"));
            return null;
        }
    }

    internal static void WriteLimits(Utf8JsonWriter json, UserLimits limits)
    {
        json.WriteStartObject("limits");
        Number("recipientsPerHour", limits.RecipientsPerHour);
        Number("recipientsPerDay", limits.RecipientsPerDay);
        Number("newRecipientsPerDay", limits.NewRecipientsPerDay);
        Number("messageSize", limits.MessageSize);
        Number("sessions", limits.Sessions);
        if (limits.OverLimit is { } over)
        {
            json.WriteString("overLimit", over switch { OverLimit.Refuse => "refuse", OverLimit.Hold => "hold", _ => "defer" });
        }

        json.WriteEndObject();

        void Number(string name, long? value)
        {
            if (value is { } number)
            {
                json.WriteNumber(name, number);
            }
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Pretty))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> items)
    {
        json.WriteStartArray(name);
        foreach (string item in items)
        {
            json.WriteStringValue(item);
        }

        json.WriteEndArray();
    }

    private static void WriteOthers(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, JsonElement>> others)
    {
        foreach ((string name, JsonElement value) in others)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
    }
}
