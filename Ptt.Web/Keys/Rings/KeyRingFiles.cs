using System.Text.Json;
using System.Text.Json.Serialization;
using Ptt.Dns;
using Ptt.Web.Configuration;
using Ptt.Web.Formats;

namespace Ptt.Web.Keys.Rings;

/// <summary>One JSON file for each domain, <c>keys/&lt;domain&gt;/ring.json</c>, replaced whole at each step. It can be read and backed up by anyone who may read the directory; it holds no secret.</summary>
internal sealed class KeyRingFiles(DataDirectory data) : IKeyRings
{
    private const string Name = "ring.json";

    public IReadOnlyList<DomainName> Known =>
        [.. Directory.EnumerateDirectories(data.Folder("keys")).Where(d => File.Exists(Path.Combine(d, Name)))
            .Select(d => DomainName.TryParse(Path.GetFileName(d), out DomainName domain) ? domain : DomainName.Root).Where(d => !d.IsRoot)];

    /// <summary>Null for a domain without keys. A ring that cannot be read stops its domain rather than begin anew: its selectors are in DNS and in letters.</summary>
    public KeyRing? Load(DomainName domain)
    {
        string path = data.File("keys", domain.ToString(), Name);
        KeyRing? ring = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), KeyRingJson.Default.KeyRing) : null;
        return ring is { Form: > KeyRing.CurrentForm } ? throw new NewerFormatException([new(path, ring.Form, KeyRing.CurrentForm)]) : ring;
    }

    public void Save(KeyRing ring) =>
        DurableFile.Write(data.File("keys", ring.Domain, Name), JsonSerializer.SerializeToUtf8Bytes(ring, KeyRingJson.Default.KeyRing));
}

[JsonSerializable(typeof(KeyRing))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class KeyRingJson : JsonSerializerContext;
