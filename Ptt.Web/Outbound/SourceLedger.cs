using System.Globalization;
using Ptt.Smtp.Relay.Sources;
using Ptt.Web.Queue.Storage;

namespace Ptt.Web.Outbound;

/// <summary>What our source addresses have sent today; <see cref="OutboundWorker"/> writes it down every few seconds.</summary>
internal sealed class SourceLedger(OutboundStore store) : ISourceLedger
{
    public IReadOnlyList<SourceCount> Load(DateOnly day) => store.Read(file =>
    {
        using Statement row = file.Prepare("SELECT source, provider, messages FROM source_count WHERE day = ?");
        row.Bind(1, Text(day));
        var counts = new List<SourceCount>();
        while (row.Step())
        {
            counts.Add(new SourceCount(day, row.Text(0)!, row.Text(1)!, row.Int64(2)));
        }

        return counts;
    });

    public void Save(IReadOnlyList<SourceCount> counts)
    {
        if (counts.Count == 0)
        {
            return;
        }

        store.Write(file =>
        {
            using Statement old = file.Prepare("DELETE FROM source_count WHERE day < ?");
            using Statement save = file.Prepare("INSERT OR REPLACE INTO source_count (day, source, provider, messages) VALUES (?,?,?,?)");
            old.Bind(1, Text(counts[0].Day)).Run();
            foreach (SourceCount count in counts)
            {
                save.Bind(1, Text(count.Day)).Bind(2, count.Source).Bind(3, count.Provider).Bind(4, count.Messages).Run();
            }
        });
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
