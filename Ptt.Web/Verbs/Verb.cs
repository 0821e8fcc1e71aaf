using Microsoft.Extensions.Options;
using Ptt.Web.Machine;

namespace Ptt.Web.Verbs;

/// <summary>
/// What the program can do, one word each: <c>ptt check</c>. No word serves. A verb reads the same configuration as the server; its
/// exit code is 0 for done, 1 for failed, 2 for a wrong command line.
/// </summary>
internal sealed record Verb(string Name, string Summary, Func<VerbCall, Task<int>> RunAsync)
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int BadUsage = 2;

    public static readonly IReadOnlyList<Verb> All =
    [
        new("serve", "run the service (also without a verb)", ServeAsync),
        CheckVerb.Verb,
        HealthcheckVerb.Verb,
        AuthorityVerb.Verb,
        SettingsVerb.Verb,
        ImportUsersVerb.Verb,
        DeriveKeyVerb.Verb,
        BackupVerb.Verb,
        RestoreVerb.Verb,
        DrainVerb.Verb,
        DowngradeVerb.Verb,
        TraceVerb.Verb,
        new("version", "print the version", VersionAsync),
        new("help", "print this", HelpAsync),
    ];

    public static Task<int> RunAllAsync(string[] args, Func<string[], WebApplicationBuilder> describe, Func<WebApplicationBuilder, WebApplication> build)
    {
        bool named = args is [{ } first, ..] && !first.StartsWith('-');
        string name = named ? args[0] : args is ["--help" or "-h"] ? "help" : args is ["--version"] ? "version" : "serve";
        var call = new VerbCall(named ? args[1..] : args, describe, build, Console.Out, Console.Error);
        return All.FirstOrDefault(v => v.Name == name) is { } verb ? verb.RunAsync(call) : UnknownAsync(name, call);
    }

    private static async Task<int> ServeAsync(VerbCall call)
    {
        WebApplicationBuilder builder = call.Describe(call.Args);
        StartAhead.Databases(builder.Services);
        WebApplication app = call.Compose(builder);
        StartAhead.Routes(app);
        bool isMachine = app.Services.GetRequiredService<IOptions<MachineOptions>>().Value.TurnsOff;
        await app.RunAsync();
        if (isMachine)
        {
            PowerButton.TurnOff();
        }

        return Done;
    }

    private static async Task<int> VersionAsync(VerbCall call)
    {
        await call.Output.WriteLineAsync($"Ptt {typeof(Verb).Assembly.GetName().Version?.ToString(3)}, .NET {Environment.Version}");
        return Done;
    }

    private static async Task<int> HelpAsync(VerbCall call)
    {
        await call.Output.WriteLineAsync("usage: ptt [verb] [options] [--Ptt:Section:Key=value …]" + Environment.NewLine);
        foreach (Verb verb in All)
        {
            await call.Output.WriteLineAsync($"  {verb.Name,-14} {verb.Summary}");
        }

        await call.Output.WriteLineAsync(Environment.NewLine + "Keys are in docs/configuration.md; each may also be set as an environment variable, Ptt__Section__Key.");
        return Done;
    }

    private static async Task<int> UnknownAsync(string name, VerbCall call)
    {
        await call.Errors.WriteLineAsync($"ptt: there is no verb '{name}'. Try: {string.Join(", ", All.Select(v => v.Name))}.");
        return BadUsage;
    }
}

/// <summary>One call of a verb: its own words, and how to compose the program for those that need its rooms.</summary>
internal sealed record VerbCall(
    string[] Args, Func<string[], WebApplicationBuilder> Describe, Func<WebApplicationBuilder, WebApplication> Compose, TextWriter Output, TextWriter Errors)
{
    /// <summary>The whole program, composed, checked and not started.</summary>
    public WebApplication Build() => Compose(Describe(Args));
}
