using Ptt.Web.Configuration;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt check</c>: the configuration, and then the world around it as the rooms' checks see it. Prints what is wrong and what to do; changes
/// nothing. Fails when anything is bad; warnings alone do not fail.
/// </summary>
internal static class CheckVerb
{
    public static readonly Verb Verb = new("check", "validate the configuration and the world around it (ports, DNS, TSIG, certificate, git)", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        WebApplicationBuilder builder = call.Describe(call.Args);
        builder.Logging.ClearProviders();
        await using WebApplication app = call.Compose(builder);   // a wrong configuration ends here, every fault named
        await call.Output.WriteLineAsync("good  configuration");

        int bad = 0;
        foreach (ICheck check in app.Services.GetServices<ICheck>())
        {
            try
            {
                await foreach (CheckResult result in check.RunAsync(CancellationToken.None))
                {
                    bad += result.Verdict == CheckVerdict.Bad ? 1 : 0;
                    await PrintAsync(call.Output, result);
                }
            }
            catch (Exception fault) when (StartFault.Explain(fault) is not null)
            {
                bad++;
                await PrintAsync(call.Output, new(CheckVerdict.Bad, check.GetType().Name, fault.Message));
            }
        }

        await call.Output.WriteLineAsync(bad == 0 ? "Nothing stands in the way." : $"{bad} to mend.");
        return bad == 0 ? Verb.Done : Verb.Failed;
    }

    private static async Task PrintAsync(TextWriter output, CheckResult result)
    {
        string verdict = result.Verdict switch { CheckVerdict.Good => "good", CheckVerdict.Warning => "warn", _ => "BAD " };
        await output.WriteLineAsync($"{verdict}  {result.Subject}: {result.Text}");
        if (result is { Advice: { } advice, Verdict: not CheckVerdict.Good })
        {
            await output.WriteLineAsync($"        {advice}");
        }
    }
}
