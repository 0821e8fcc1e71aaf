using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Ptt.Web.Formats;

/// <summary>
/// Stops the start when any file was written by a newer Ptt, before a single one is changed. It stands where the configuration's check stands, in
/// front of the listeners: what comes after it opens files.
/// </summary>
internal sealed class FormatsCheck(IEnumerable<DataStore> stores, IEnumerable<JsonForm> forms) : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions options)
    {
        NewerFile[] newer = [.. from store in stores
                                from path in store.Files
                                let number = NumberOf(path)
                                where number > store.Format.Current
                                select new NewerFile(path, number.Value, store.Format.Current),
                            .. forms.Select(f => f.Newer()).OfType<NewerFile>()];
        if (newer.Length > 0)
        {
            throw new NewerFormatException(newer);
        }
    }

    // Null: it cannot be read. Its room says so when it opens it, and knows what to do about it.
    private static int? NumberOf(string path)
    {
        try
        {
            using SqliteConnection connection = DataStore.Open(path);
            return StoreFormat.NumberOf(connection);
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}
