using System.Text.Json;
using System.Text.Json.Serialization;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Queue;

/// <summary>The bulk orders on disk, in the queue's own file: their progress is one with what they did.</summary>
internal sealed class QueueJobStore(SqliteSpool spool)
{
    public Task AddAsync(QueueJob job) => spool.WriteAsync(database =>
    {
        using Statement insert = database.File.Prepare(
            "INSERT INTO job (id, verb, by, text, filter, queued, started_at, matched, changed) VALUES (?,?,?,?,?,?,?,0,0)");
        return insert.Bind(1, job.Id).Bind(2, job.Verb.ToString()).Bind(3, job.By).Bind(4, job.Text)
            .Bind(5, JsonSerializer.Serialize(job.Filter, QueueJobJson.Default.QueueFilter)).Bind(6, job.Queued)
            .Bind(7, job.StartedAt.ToUnixTimeMilliseconds()).Run();
    });

    /// <summary>Inside the transaction of the messages.</summary>
    public static void Advance(SpoolDatabase database, string id, long matched, long changed, string? cursor)
    {
        using Statement update = database.File.Prepare("UPDATE job SET matched = ?, changed = ?, cursor = ? WHERE id = ?");
        update.Bind(1, matched).Bind(2, changed).Bind(3, cursor).Bind(4, id).Run();
    }

    public Task EndAsync(string id, DateTimeOffset at, string? fault) => spool.WriteAsync(database =>
    {
        using Statement update = database.File.Prepare("UPDATE job SET ended_at = ?, fault = ? WHERE id = ?");
        return update.Bind(1, at.ToUnixTimeMilliseconds()).Bind(2, fault).Bind(3, id).Run();
    });

    public Task ForgetAsync(string id) => spool.WriteAsync(database =>
    {
        using Statement delete = database.File.Prepare("DELETE FROM job WHERE id = ?");
        return delete.Bind(1, id).Run();
    });

    public List<QueueJob> Read()
    {
        using ReaderPool.Lent reader = spool.Readers.Rent();
        Statement row = reader.Statement(
            "SELECT id, verb, by, text, filter, queued, started_at, matched, changed, cursor, ended_at, fault FROM job ORDER BY started_at");
        var jobs = new List<QueueJob>();
        while (row.Step())
        {
            var job = new QueueJob(row.Text(0)!, Enum.Parse<QueueVerb>(row.Text(1)!), row.Text(2)!, row.Text(3),
                JsonSerializer.Deserialize(row.Text(4)!, QueueJobJson.Default.QueueFilter)!, row.Int64(5), DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(6)));
            job.Advance(row.Int64(7), row.Int64(8), row.Text(9));
            if (!row.IsNull(10))
            {
                job.End(DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(10)), row.Text(11));
            }

            jobs.Add(job);
        }

        return jobs;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(QueueFilter))]
internal sealed partial class QueueJobJson : JsonSerializerContext;
