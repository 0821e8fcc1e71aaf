using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Ptt.Web.Formats;

/// <summary>
/// The form of one database of the data directory, and how it came to it: numbered steps. How many were taken stands in the file itself
/// (<c>PRAGMA user_version</c>). A step is one transaction together with its number: whatever kills the process, the file has the form that its number says.
/// </summary>
public sealed record StoreFormat(IReadOnlyList<FormatStep> Steps)
{
    /// <summary>How many of the steps the release before this one knows: <c>ptt downgrade</c> leads back to there.</summary>
    public required int Previous { get; init; }

    public int Current => Steps.Count;

    /// <summary>Scripts of this assembly, in their order: <c>Schema/NAME-001.sql</c>, and where it has a way back <c>Schema/NAME-001.down.sql</c>.</summary>
    public static StoreFormat Embedded(string name, int previous) => new(FormatStep.Embedded(name)) { Previous = previous };

    public static int NumberOf(SqliteConnection connection)
    {
        using SqliteCommand ask = connection.CreateCommand();
        ask.CommandText = "PRAGMA user_version";
        return Convert.ToInt32(ask.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>Brings an open file to the form of this program. What a newer one wrote is not touched: <see cref="NewerFormatException"/>.</summary>
    public void Upgrade(SqliteConnection connection)
    {
        int number = NumberOf(connection);
        if (number > Current)
        {
            throw new NewerFormatException([new(connection.DataSource, number, Current)]);
        }

        for (; number < Current; number++)
        {
            FormatStep step = Steps[number];
            Take(connection, IsTaken(connection, step) ? "" : step.Up, number + 1);
        }
    }

    /// <summary>Takes the steps back that the release before this one does not know. Nobody else may have the file open.</summary>
    public void Downgrade(SqliteConnection connection)
    {
        for (int number = NumberOf(connection); number > Previous; number--)
        {
            string down = Steps[number - 1].Down ?? throw new InvalidOperationException($"{connection.DataSource}: step {number} has no way back.");
            Take(connection, down, number - 1);
        }
    }

    private static bool IsTaken(SqliteConnection connection, FormatStep step)
    {
        if (step.TakenWhen is null)
        {
            return false;
        }

        using SqliteCommand ask = connection.CreateCommand();
        ask.CommandText = step.TakenWhen;
        return ask.ExecuteScalar() is not null;
    }

    private static void Take(SqliteConnection connection, string script, int number)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        using SqliteCommand step = connection.CreateCommand();
        step.Transaction = transaction;
        step.CommandText = FormattableString.Invariant($"{script}\n;PRAGMA user_version={number}");
        step.ExecuteNonQuery();
        transaction.Commit();
    }
}
