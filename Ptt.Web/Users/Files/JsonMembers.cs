using System.Globalization;
using System.Text.Json;
using Ptt.Web.Http;

namespace Ptt.Web.Users.Files;

/// <summary>Reads the members of a JSON object one by one; what is wrong becomes a <see cref="Fault"/> at its pointer, and reading goes on.</summary>
internal sealed class JsonMembers(JsonElement json, string pointer, List<Fault> faults)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public bool IsObject { get; } = json.ValueKind == JsonValueKind.Object || Refuse(faults, pointer, "must be an object");

    public string Pointer(string name) => Fault.Below(pointer, name);

    public void Fail(string name, string detail) => faults.Add(new(Pointer(name), detail));

    public string? Text(string name, int atMost, bool required = false)
    {
        if (!Has(name, required, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || AsText(value) is not { } text)
        {
            Fail(name, "must be a string");
            return null;
        }

        if (text.Length > atMost || text.Any(char.IsControl))
        {
            Fail(name, $"must be at most {atMost} characters, none of them a control character");
            return null;
        }

        return text;
    }

    public bool? Flag(string name)
    {
        if (!Has(name, false, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Fail(name, "must be true or false");
        return null;
    }

    public long? Number(string name, long atMost)
    {
        if (!Has(name, false, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0 && number <= atMost)
        {
            return number;
        }

        Fail(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 0 to {atMost}"));
        return null;
    }

    public DateTimeOffset? Time(string name)
    {
        if (!Has(name, false, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out DateTimeOffset time))
        {
            return time.ToUniversalTime();
        }

        Fail(name, "must be a time (RFC 3339)");
        return null;
    }

    /// <summary>The strings of an array that <paramref name="take"/> can use; it returns null, and says why, for one that it cannot.</summary>
    public List<T> List<T>(string name, int atMost, Func<string, (T? Value, string? Fault)> take) =>
        Elements(name, atMost, (element, at) =>
        {
            (T? value, string? fault) = element.ValueKind == JsonValueKind.String && AsText(element) is { } text ? take(text) : (default, "must be a string");
            if (fault is not null)
            {
                faults.Add(new(at, fault));
            }

            return (value, fault is null);
        });

    public List<T> Elements<T>(string name, int atMost, Func<JsonElement, string, (T? Value, bool Good)> take)
    {
        List<T> taken = [];
        if (!Has(name, false, out JsonElement value))
        {
            return taken;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > atMost)
        {
            Fail(name, $"must be an array of at most {atMost}");
            return taken;
        }

        foreach ((int i, JsonElement element) in value.EnumerateArray().Index())
        {
            (T? item, bool good) = take(element, $"{Pointer(name)}/{i}");
            if (good)
            {
                taken.Add(item!);
            }
        }

        return taken;
    }

    public JsonElement? Object(string name)
    {
        if (!Has(name, false, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return value;
        }

        Fail(name, "must be an object");
        return null;
    }

    /// <summary>Marks members as known without reading them.</summary>
    public void Skip(params string[] names) => _known.UnionWith(names);

    /// <summary>What was not asked for, sorted by name, in memory of its own.</summary>
    public List<KeyValuePair<string, JsonElement>> Rest() => !IsObject ? [] :
        [.. json.EnumerateObject().Where(p => !_known.Contains(p.Name)).OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Name, p.Value.Clone()))];

    // An explicit null is the same as nothing.
    private bool Has(string name, bool required, out JsonElement value)
    {
        _known.Add(name);
        value = default;
        if (IsObject && json.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null)
        {
            return true;
        }

        if (required && IsObject)
        {
            Fail(name, "is missing");
        }

        return false;
    }

    // A string of half a surrogate pair is JSON, but no text.
    private static string? AsText(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Refuse(List<Fault> faults, string pointer, string detail)
    {
        faults.Add(new(pointer, detail));
        return false;
    }
}
