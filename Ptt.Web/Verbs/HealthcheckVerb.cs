namespace Ptt.Web.Verbs;

/// <summary>Asks the running server's <c>/readyz</c>: for containers, whose image holds no curl.</summary>
internal static class HealthcheckVerb
{
    public static readonly Verb Verb = new("healthcheck", "exit 0 when the server on this machine is ready to accept mail", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        IConfiguration configuration = call.Describe(call.Args).Configuration;
        if (LocalServer.AddressOf(configuration) is not { } server)
        {
            await call.Errors.WriteLineAsync("Ptt:Http:EndPoint is not address:port.");
            return Verb.Failed;
        }

        using HttpClient http = LocalServer.NewClient(server, local: true);
        http.Timeout = TimeSpan.FromSeconds(4);
        try
        {
            using HttpResponseMessage answer = await http.GetAsync("/readyz");
            await call.Output.WriteLineAsync(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? Verb.Done : Verb.Failed;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            await call.Errors.WriteLineAsync($"No answer from {server}: {fault.Message}");
            return Verb.Failed;
        }
    }
}
