using Microsoft.Data.Sqlite;
using Ptt.Tests.Support;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Formats;
using Ptt.Web.Http;
using Ptt.Web.Outbound;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Queue.Suppressions;
using Ptt.Web.Queue.Tracing;
using Ptt.Web.Queue.Webhooks;
using Ptt.Web.Shell.Flow;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.InForce;

namespace Ptt.Tests.Web.Formats;

public sealed class StoreFormatTests : IDisposable
{
    private static readonly StoreFormat Three = new(
    [
        new("CREATE TABLE a (x TEXT)"),
        new("CREATE TABLE b (y TEXT); INSERT INTO b SELECT x FROM a", "DROP TABLE b"),
        new("ALTER TABLE b ADD COLUMN z TEXT", "ALTER TABLE b DROP COLUMN z"),
    ]) { Previous = 1 };

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Stores => [.. All.Keys];

    private static Dictionary<string, StoreFormat> All => new()
    {
        [AccessDb.FileName] = AccessSchema.Format, [AlarmsDb.FileName] = AlarmsDb.Format, [IdempotencyDb.FileName] = IdempotencyDb.Format,
        [OutboundStore.FileName] = OutboundStore.Format, ["spool.db"] = SqliteSpool.Format, [SuppressionList.FileName] = SuppressionList.Format, ["trace"] = TraceFiles.Format,
        [WebhookStore.FileName] = WebhookStore.Format, [FlowKeeper.FileName] = FlowKeeper.Format, [SessionStore.FileName] = SessionStore.Format, [UsersStateDb.FileName] = UsersStateDb.Format,
    };

    public void Dispose() => _directory.Dispose();

    // What the previous release makes of nothing is what the way back leads to, and from there the way on leads to what this one makes of nothing.
    [Theory, MemberData(nameof(Stores))]
    public void Every_database_goes_back_to_the_previous_form_and_comes_again(string name)
    {
        StoreFormat format = All[name];
        Assert.InRange(format.Previous, 1, format.Current);
        using SqliteConnection fresh = Open("fresh.db"), before = Open("before.db");
        format.Upgrade(fresh);
        (format with { Steps = [.. format.Steps.Take(format.Previous)] }).Upgrade(before);
        string now = Schema(fresh), then = Schema(before);

        format.Downgrade(fresh);
        Assert.Equal(format.Previous, StoreFormat.NumberOf(fresh));
        string[] left = [.. Lines(fresh).Except(Lines(before))];
        Assert.All(left, l => Assert.StartsWith("CREATE TABLE Factors", l, StringComparison.Ordinal));   // which the older program does not look at
        Assert.Empty(Lines(before).Except(Lines(fresh)));

        format.Upgrade(fresh);
        format.Upgrade(before);
        Assert.Equal(now, Schema(fresh));
        Assert.Equal(now, Schema(before));
        Assert.Equal(format.Current, StoreFormat.NumberOf(before));
        Assert.True(format.Previous == format.Current || now != then);
    }

    // What lies on the disk when the process dies in the middle of a step: the file and its log as they are at that moment.
    [Fact]
    public void A_death_in_the_middle_of_a_step_leaves_the_form_that_the_number_says()
    {
        using (SqliteConnection one = Open("store.db"))
        {
            Run(one, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=1");
            (Three with { Steps = [Three.Steps[0]] }).Upgrade(one);
            Run(one, "INSERT INTO a VALUES ('kept')");
            Run(one, "BEGIN IMMEDIATE; " + Three.Steps[1].Up + "; PRAGMA user_version=2; INSERT INTO b SELECT hex(randomblob(100)) FROM generate");
            Copy("store.db", "dead.db");
            Run(one, "ROLLBACK");
        }

        using SqliteConnection after = Open("dead.db");
        Assert.Equal(1, StoreFormat.NumberOf(after));
        Assert.Equal("kept", Scalar(after, "SELECT x FROM a"));
        Three.Upgrade(after);
        Assert.Equal(3, StoreFormat.NumberOf(after));
        Assert.Equal("kept", Scalar(after, "SELECT y FROM b"));
        Assert.Equal("ok", Scalar(after, "PRAGMA integrity_check"));
    }

    [Fact]
    public void A_step_that_fails_changes_nothing()
    {
        StoreFormat broken = Three with { Steps = [Three.Steps[0], new("CREATE TABLE b (y TEXT); INSERT INTO nowhere VALUES (1)")] };
        using SqliteConnection file = Open("store.db");
        Assert.Throws<SqliteException>(() => broken.Upgrade(file));
        Assert.Equal(1, StoreFormat.NumberOf(file));
        Three.Upgrade(file);
        Assert.Equal(3, StoreFormat.NumberOf(file));
    }

    [Fact]
    public void What_a_newer_program_wrote_is_named_and_left_as_it_is()
    {
        using SqliteConnection file = Open("store.db");
        Three.Upgrade(file);
        string before = Schema(file);
        var refused = Assert.Throws<NewerFormatException>(() => (Three with { Steps = [Three.Steps[0]] }).Upgrade(file));
        Assert.Equal((3, 1), (refused.Files.Single().Number, refused.Files.Single().Known));
        Assert.Contains("store.db has form 3; this Ptt knows 1.", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ptt downgrade", refused.Advice, StringComparison.Ordinal);
        Assert.Equal(before, Schema(file));
    }

    // Before there were numbers these two changed on the way: either form is taken up.
    [Theory]
    [InlineData(SessionStore.FileName, "CREATE TABLE session(digest TEXT PRIMARY KEY, id TEXT NOT NULL, person TEXT NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL, client TEXT, agent TEXT, how TEXT) STRICT, WITHOUT ROWID")]
    [InlineData(AlarmsDb.FileName, "CREATE TABLE Kept (Kind TEXT NOT NULL, Name TEXT NOT NULL, Told TEXT NOT NULL, PRIMARY KEY (Kind, Name))")]
    public void A_file_without_a_number_is_taken_for_what_it_is(string name, string made)
    {
        using SqliteConnection file = Open("store.db"), fresh = Open("fresh.db");
        Run(file, made);
        All[name].Upgrade(file);
        All[name].Upgrade(fresh);
        Assert.Equal(All[name].Current, StoreFormat.NumberOf(file));
        Assert.Equal(Columns(fresh), Columns(file));
    }

    private SqliteConnection Open(string name)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _directory.File(name), Pooling = false }.ToString());
        connection.Open();
        Run(connection, "CREATE TEMP TABLE generate AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i FROM n");
        return connection;
    }

    private void Copy(string from, string to)
    {
        foreach (string suffix in (string[])["", "-wal"])
        {
            using var source = new FileStream(_directory.File(from) + suffix, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using FileStream target = File.Create(_directory.File(to) + suffix);
            source.CopyTo(target);
            Assert.True(target.Length > 0, suffix);
        }
    }

    private static string[] Lines(SqliteConnection connection) => Schema(connection).Split('\n');

    private static string Schema(SqliteConnection connection) => (string)Scalar(connection,
        "SELECT group_concat(sql, char(10)) FROM (SELECT replace(replace(sql, char(10), ' '), '  ', ' ') AS sql FROM main.sqlite_master WHERE sql IS NOT NULL ORDER BY name)")!;

    private static string Columns(SqliteConnection connection) => (string)Scalar(connection,
        "SELECT group_concat(c, char(10)) FROM (SELECT t.name || '.' || i.name || ' ' || i.type AS c FROM main.sqlite_master t JOIN pragma_table_info(t.name) i WHERE t.type = 'table' ORDER BY t.name, i.cid)")!;

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static void Run(SqliteConnection connection, string sql) => Scalar(connection, sql);
}
