using Ptt.Dns;
using Ptt.Web.Users.Import;
using Ptt.Web.Users.Sync;

namespace Ptt.Web.Verbs;

/// <summary><c>ptt import-users REPOSITORY --domain DOMAIN</c>: the users of the system that Ptt follows, in one commit. A running server sees them at its next poll.</summary>
internal static class ImportUsersVerb
{
    public static readonly Verb Verb = new("import-users", "take over the users of the old system: import-users REPOSITORY --domain DOMAIN", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        string[] options = [.. call.Args.SkipWhile(a => a != "--domain").Take(2)];
        string? repository = call.Args.Except(options).FirstOrDefault(a => !a.StartsWith('-'));
        if (repository is null || options.Length != 2 || !DomainName.TryParse(options[1], out DomainName domain) || domain.Labels.Length < 2)
        {
            await call.Errors.WriteLineAsync("usage: ptt import-users REPOSITORY --domain DOMAIN [--Ptt:DataDirectory=…]");
            return Verb.BadUsage;
        }

        string[] rest = [.. call.Args.Where(a => a != repository && !options.Contains(a))];
        WebApplicationBuilder builder = call.Describe(rest);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using ServiceProvider services = builder.Services.BuildServiceProvider();
        SeedImportResult result = await new SeedImport(services.GetRequiredService<UserStore>()).RunAsync(repository, domain, "ptt import-users", CancellationToken.None);
        foreach (string fault in result.Faults)
        {
            await call.Errors.WriteLineAsync(fault);
        }

        await call.Output.WriteLineAsync(result.Faults.Count > 0 ? "Nothing was imported." : $"{result.Imported} users imported, {result.Present} were there already.");
        return result.Faults.Count > 0 ? Verb.Failed : Verb.Done;
    }
}
