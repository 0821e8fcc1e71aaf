using Microsoft.Data.Sqlite;
using Ptt.Web.Formats;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt downgrade</c>: gives the data directory the form that the release before this one knows, so that it can be started again. File by file, each in one
/// transaction; what is in that form already is left alone, so it may be broken off and called again.
/// </summary>
internal static class DowngradeVerb
{
    private const int Busy = 5;   // SQLITE_BUSY

    public static readonly Verb Verb = new("downgrade", "give the data the form of the previous release, the service being stopped", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        // Described, not built: nothing may open a file before us.
        await using ServiceProvider services = call.Describe(call.Args).Services.BuildServiceProvider();
        foreach (DataStore store in services.GetServices<DataStore>())
        {
            foreach (string path in store.Files)
            {
                try
                {
                    (int before, int after) = Downgrade(store.Format, path);
                    await call.Output.WriteLineAsync(before == after ? $"{path}: form {after}, as before" : $"{path}: form {before} to {after}");
                }
                catch (SqliteException fault) when (fault.SqliteErrorCode == Busy)
                {
                    await call.Errors.WriteLineAsync($"{path} is in use: stop the service first.");
                    return Verb.Failed;
                }
                catch (NewerFormatException fault)
                {
                    await call.Errors.WriteLineAsync($"{fault.Message} {fault.Advice}");
                    return Verb.Failed;
                }
            }
        }

        await call.Output.WriteLineAsync("Done: the previous release can be started on it (docs/upgrading.md says what it does not know).");
        return Verb.Done;
    }

    private static (int Before, int After) Downgrade(StoreFormat format, string path)
    {
        using SqliteConnection connection = DataStore.Open(path);
        connection.DefaultTimeout = 1;
        int before = StoreFormat.NumberOf(connection);
        if (before > format.Current)
        {
            throw new NewerFormatException([new(path, before, format.Current)]);
        }

        // The log is folded in and goes: refused while anybody else has the file open.
        using SqliteCommand alone = connection.CreateCommand();
        alone.CommandText = "PRAGMA journal_mode=DELETE";
        alone.ExecuteNonQuery();
        format.Downgrade(connection);
        return (before, StoreFormat.NumberOf(connection));
    }
}
