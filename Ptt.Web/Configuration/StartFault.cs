using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Data.Sqlite;

namespace Ptt.Web.Configuration;

/// <summary>
/// Turns what ordinarily goes wrong at start into one screen on standard error and an exit code: 78 (EX_CONFIG of sysexits.h, which
/// systemd is told not to restart) for the configuration, 1 for the machine. Anything else is a bug and keeps its stack trace.
/// </summary>
public static class StartFault
{
    public const int BadConfiguration = 78;
    public const int BadMachine = 1;

    public static async Task<int> GuardAsync(Func<Task<int>> start)
    {
        try
        {
            return await start();
        }
        catch (Exception fault) when (Explain(fault) is not null)
        {
            (int code, string screen) = Explain(fault)!.Value;
            await Console.Error.WriteLineAsync(screen);
            return code;
        }
    }

    /// <summary>Null for what only a developer can mend.</summary>
    public static (int Code, string Screen)? Explain(Exception fault) => fault switch
    {
        ConfigurationFaultsException c => (BadConfiguration, Screen(c.Faults)),
        _ when Find<StartRefusedException>(fault) is { } refused => (BadConfiguration, Screen(refused.What, refused.Message, refused.Advice)),
        _ when Find<AddressInUseException>(fault) is not null => (BadMachine, Screen("A port is in use.",
            Deepest(fault, "address already in use"), "See who has it with `ss -ltnp`, or choose another in Ptt:Listeners or Ptt:Http:EndPoint.")),
        _ when Find<SocketException>(fault) is { SocketErrorCode: SocketError.AccessDenied } => (BadMachine, Screen("A port may not be opened.",
            fault.Message, "Ports below 1024 need CAP_NET_BIND_SERVICE (deploy/ptt.service gives it), or choose a higher one in Ptt:Listeners.")),
        _ when Find<SocketException>(fault) is { SocketErrorCode: SocketError.AddressNotAvailable } => (BadMachine, Screen(
            "An address to listen on is not one of this machine's.", fault.Message, "Correct Ptt:Listeners or Ptt:Http:EndPoint; `ip address` lists what there is.")),
        _ when Find<UnauthorizedAccessException>(fault) is { } denied => (BadMachine, Screen("A file or directory may not be used.",
            denied.Message, "Everything that Ptt writes lies under Ptt:DataDirectory; it must belong to the user that Ptt runs as.")),
        _ when Find<SqliteException>(fault) is { SqliteErrorCode: 8 or 14 or 10 or 13 } db => (BadMachine, Screen("A database cannot be opened.",
            db.Message, "Everything that Ptt writes lies under Ptt:DataDirectory: is it writable, and is there room (`df`)?")),
        _ when Find<IOException>(fault) is { } io && IsOfDisk(io) => (BadMachine, Screen(
            "A file or directory cannot be used.", io.Message, "Everything that Ptt writes lies under Ptt:DataDirectory: is it writable, and is there room (`df`)?")),
        _ => null,
    };

    private static bool IsOfDisk(IOException fault) => fault is DirectoryNotFoundException or FileNotFoundException
        || (fault.HResult & 0xffff) is 28 or 30 or 17 or 20;   // ENOSPC, EROFS, EEXIST, ENOTDIR

    private static string Screen(IReadOnlyList<ConfigurationFault> faults) => string.Join(Environment.NewLine,
    [
        "",
        faults.Count == 1 ? "Ptt cannot start: one fault in the configuration." : $"Ptt cannot start: {faults.Count} faults in the configuration.",
        "",
        .. faults.Select(f => $"  {f.Key}{Environment.NewLine}      {f.Text}"),
        "",
        "Keys come from appsettings.json, the environment (Ptt__Section__Key) and the command line (--Ptt:Section:Key=value);",
        "docs/configuration.md lists them all.",
    ]);

    private static string Screen(string what, string detail, string advice) =>
        string.Join(Environment.NewLine, "", "Ptt cannot start: " + char.ToLowerInvariant(what[0]) + what[1..], "", "  " + detail, "", advice);

    private static string Deepest(Exception fault, string phrase) =>
        Chain(fault).Select(f => f.Message).FirstOrDefault(m => m.Contains(phrase, StringComparison.OrdinalIgnoreCase)) ?? fault.Message;

    private static T? Find<T>(Exception fault) where T : Exception => Chain(fault).OfType<T>().FirstOrDefault();

    private static IEnumerable<Exception> Chain(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            yield return fault;
            foreach (Exception inner in (fault as AggregateException)?.InnerExceptions.SelectMany(Chain) ?? [])
            {
                yield return inner;
            }
        }
    }
}
