using System.Net;
using System.Net.Http.Headers;
using Microsoft.Data.Sqlite;
using Ptt.Tests.Support;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Formats;
using Ptt.Web.Queue.Spooling;
using Ptt.Web.Shell.Sessions;
using Ptt.Web.Users.InForce;

namespace Ptt.Tests.EndToEnd;

/// <summary>Data that the previous release wrote (Vectors/previous: its databases as SQL) is taken over, and can be given back to it.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class UpgradeTests : IDisposable
{
    private const string Token = "ptt_96b65bc5faf1_J2rQP0xbExIixYaSTRtabQj3cW3Sh6NbuKe-P63WWhQ";   // made by the previous release

    private static readonly (string Name, StoreFormat Format)[] Formats =
    [
        (AccessDb.FileName, AccessSchema.Format), (AlarmsDb.FileName, AlarmsDb.Format), (SessionStore.FileName, SessionStore.Format), ("spool.db", SqliteSpool.Format),
        (UsersStateDb.FileName, UsersStateDb.Format),
    ];

    private readonly TemporaryDirectory _data = new();

    public UpgradeTests()
    {
        Directory.CreateDirectory(_data.File("trace"));
        foreach (string script in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Vectors", "previous"), "*.sql"))
        {
            string name = Path.GetFileNameWithoutExtension(script);
            using SqliteConnection database = Open(name == "trace" ? "trace/2026-11-22.db" : name + ".db", SqliteOpenMode.ReadWriteCreate);
            Run(database, File.ReadAllText(script));
        }
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task What_the_previous_release_wrote_is_taken_over_and_given_back()
    {
        await using var sink = new MailSink();
        string[] settings = [$"Ptt:Relay:Routes:later.test=127.0.0.1:{sink.Port}", "Ptt:Relay:AllowPrivateAddresses=true", "Ptt:Relay:GiveUpAfter=9999.00:00:00"];
        await using (PttProcess ptt = await PttProcess.StartAsync("Production", _data.Path, settings))
        {
            await sink.WaitForAsync([1, 2], 180, () => ptt.Output);                                   // queued by the previous release
            ptt.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            Assert.Equal(HttpStatusCode.OK, (await ptt.Http.GetAsync("/api/v1/queue")).StatusCode);
            (int busy, string inUse) = await PttProcess.RunAsync("Production", _data.Path, [], "downgrade");
            Assert.True(busy == 1 && inUse.Contains("in use: stop the service first", StringComparison.Ordinal), inUse);
            Assert.Equal(0, (await ptt.StopAsync()).Code);
        }

        Assert.Equal(Formats.Select(f => f.Format.Current), Numbers());
        Assert.Equal("gone@example.net", Ask("suppressions.db", "SELECT address FROM suppression"));
        Assert.Equal("ada@example.test", Ask("sessions.db", "SELECT person FROM session"));

        (int code, string output) = await PttProcess.RunAsync("Production", _data.Path, [], "downgrade");
        Assert.True(code == 0, output);
        Assert.Equal(Formats.Select(f => f.Format.Previous), Numbers());
        Assert.Equal("of the previous release", Ask("access.db", "SELECT Name FROM Tokens"));
        Assert.Equal("ada@example.test", Ask("sessions.db", "SELECT person FROM session"));
        (code, output) = await PttProcess.RunAsync("Production", _data.Path, [], "downgrade");     // again: nothing to do
        Assert.True(code == 0 && output.Contains("form 1, as before", StringComparison.Ordinal), output);
    }

    // access.db is first and users-state.db waits for a lock that the test holds: the kill comes between the two.
    [Fact]
    public async Task A_kill_in_the_middle_of_the_upgrade_leaves_files_of_either_form_and_the_next_start_goes_on()
    {
        using (SqliteConnection held = Open(UsersStateDb.FileName))
        {
            Run(held, "BEGIN IMMEDIATE");
            await using PttProcess first = PttProcess.New("Production", _data.Path);
            Task starting = first.StartAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
            while (Number(AccessDb.FileName) < AccessSchema.Format.Current)
            {
                Assert.False(starting.IsCompleted, "It started without what it cannot write.");
                await Task.Delay(20, limit.Token);
            }

            await first.KillAsync();
            await Assert.ThrowsAnyAsync<Exception>(() => starting);
            Run(held, "ROLLBACK");
        }

        Assert.Equal(UsersStateDb.Format.Previous, Number(UsersStateDb.FileName));
        await using PttProcess ptt = await PttProcess.StartAsync("Production", _data.Path);
        Assert.Equal(Formats.Select(f => f.Format.Current), Numbers());
        Assert.Equal("ok", Ask(AccessDb.FileName, "PRAGMA integrity_check"));
    }

    [Fact]
    public async Task Data_of_a_newer_release_is_refused_in_words_and_nothing_of_it_is_changed()
    {
        using (SqliteConnection database = Open("webhooks.db"))
        {
            Run(database, "PRAGMA user_version=99");
        }

        File.WriteAllText(_data.File("dns-records.json"), """{"form":2,"records":{}}""");
        (int code, string output) = await PttProcess.RunAsync("Production", _data.Path, []);
        Assert.Equal(78, code);                                                                       // systemd does not start it again and again
        Assert.Contains("this data was written by a newer Ptt", output, StringComparison.Ordinal);
        Assert.Contains("webhooks.db has form 99; this Ptt knows 1.", output, StringComparison.Ordinal);
        Assert.Contains("dns-records.json has form 2; this Ptt knows 1.", output, StringComparison.Ordinal);
        Assert.Contains("ptt downgrade", output, StringComparison.Ordinal);
        Assert.Equal([1, 0, 0, 1, 2], Numbers());
        (code, output) = await PttProcess.RunAsync("Production", _data.Path, [], "downgrade");
        Assert.True(code == 1 && output.Contains("form 99", StringComparison.Ordinal), output);
    }

    private int[] Numbers() => [.. Formats.Select(f => Number(f.Name))];

    private int Number(string name)
    {
        using SqliteConnection database = Open(name);
        return StoreFormat.NumberOf(database);
    }

    private string? Ask(string name, string sql)
    {
        using SqliteConnection database = Open(name);
        using SqliteCommand command = database.CreateCommand();
        command.CommandText = sql;
        return (string?)command.ExecuteScalar();
    }

    private SqliteConnection Open(string name, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _data.File(name), Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
