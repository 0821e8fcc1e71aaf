using System.Text.Json;
using System.Text.Json.Serialization;
using Ptt.Dns;
using Ptt.Dns.Messages;
using Ptt.Web.Configuration;

namespace Ptt.Web.Domains.Posture;

/// <summary>
/// What we wrote into zones, so that it is known from what others wrote: only our own may be replaced. A file of its own in the data directory,
/// written whole and renamed into place.
/// </summary>
internal sealed class OwnedRecords(DataDirectory data, TimeProvider time)
{
    public const string FileName = "dns-records.json";

    /// <summary>The list that it is now; a newer one has a number in it (<see cref="Formats.JsonForm"/>).</summary>
    public const int Form = 1;

    private readonly Lock _lock = new();
    private readonly string _path = data.File(FileName);
    private List<OwnedRecord>? _records;

    public bool IsOurs(DomainName name, RecordType type, RecordData data)
    {
        lock (_lock)
        {
            return Load().Any(r => r.Matches(name, type) && r.Data == RecordText.Format(data));
        }
    }

    /// <summary>What we last put into a record that is not ours as a whole; null when nothing.</summary>
    public string? TermAt(DomainName name)
    {
        lock (_lock)
        {
            return Load().LastOrDefault(r => r.IsTermAt(name))?.Data;
        }
    }

    /// <summary>After a change was carried out: what was added is ours, what was removed no longer.</summary>
    public void Note(PostureChange change, string by)
    {
        lock (_lock)
        {
            List<OwnedRecord> records = Load();
            string[] removed = [.. change.Removed.Select(RecordText.Format)];
            records.RemoveAll(r => r.Matches(change.Name, change.Type) && removed.Contains(r.Data));
            records.AddRange(change.Added.Select(d => new OwnedRecord(change.Name.ToString(), RecordText.Name(change.Type), RecordText.Format(d), time.GetUtcNow(), by)));
            if (change.OwnTerm is { } term)
            {
                records.RemoveAll(r => r.IsTermAt(change.Name));
                records.Add(new OwnedRecord(change.Name.ToString(), OwnedRecord.Term, term, time.GetUtcNow(), by));
            }

            string next = _path + ".next";
            File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(records, OwnedRecordsJson.Default.ListOwnedRecord));
            File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.Move(next, _path, overwrite: true);
        }
    }

    private List<OwnedRecord> Load() => _records ??= File.Exists(_path)
        ? JsonSerializer.Deserialize(File.ReadAllBytes(_path), OwnedRecordsJson.Default.ListOwnedRecord) ?? []
        : [];
}

internal sealed record OwnedRecord(string Name, string Type, string Data, DateTimeOffset At, string By)
{
    /// <summary>In the place of a type: a part of a record.</summary>
    public const string Term = "term";

    public bool IsTermAt(DomainName name) => Name == name.ToString() && Type == Term;

    public bool Matches(DomainName name, RecordType type) => Name == name.ToString() && Type == RecordText.Name(type);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<OwnedRecord>))]
internal sealed partial class OwnedRecordsJson : JsonSerializerContext;
