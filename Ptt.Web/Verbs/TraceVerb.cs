using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt trace OF</c>: the sessions of an address, a network or a login while they run, secrets hidden, until it is broken off. Asks the server on this machine
/// with <c>Ptt:Admin:ApiToken</c>, or another one with <c>--url</c> and the token in <c>PTT_TOKEN</c>.
/// </summary>
internal static class TraceVerb
{
    public static readonly Verb Verb = new("trace", "watch the sessions of an address or a login while they run: trace ada@example.org", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        int at = Array.IndexOf(call.Args, "--url");
        string[] rest = at < 0 ? call.Args : [.. call.Args[..at], .. call.Args[Math.Min(at + 2, call.Args.Length)..]];
        string? of = rest.FirstOrDefault(a => !a.StartsWith('-'));
        if (of is null || (at >= 0 && at + 1 >= call.Args.Length))
        {
            await call.Errors.WriteLineAsync("usage: ptt trace ADDRESS|LOGIN [--url https://mail.example.org]");
            return Verb.BadUsage;
        }

        IConfiguration configuration = call.Describe([.. rest.Where(a => a != of)]).Configuration;
        Uri? server = at >= 0 ? new Uri(call.Args[at + 1]) : LocalServer.AddressOf(configuration);
        string? token = Environment.GetEnvironmentVariable("PTT_TOKEN") is { Length: > 0 } given ? given : configuration["Ptt:Admin:ApiToken"];
        if (server is null || string.IsNullOrEmpty(token))
        {
            await call.Errors.WriteLineAsync(server is null ? "Ptt:Http:EndPoint is not address:port." : "A token with the scope messages:read is needed: Ptt:Admin:ApiToken, or PTT_TOKEN in the environment.");
            return Verb.Failed;
        }

        using HttpClient http = LocalServer.NewClient(server, local: at < 0);
        http.Timeout = Timeout.InfiniteTimeSpan;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using HttpResponseMessage response = await http.GetAsync($"/api/v1/sessions/trace?of={Uri.EscapeDataString(of)}", HttpCompletionOption.ResponseHeadersRead);
            if (!response.IsSuccessStatusCode)
            {
                await call.Errors.WriteLineAsync($"{server} answers {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
                return Verb.Failed;
            }

            using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await lines.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    await PrintAsync(call.Output, line["data: ".Length..]);
                }
            }

            return Verb.Done;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            await call.Errors.WriteLineAsync($"No answer from {server}: {fault.Message}");
            return Verb.Failed;
        }
    }

    private static async Task PrintAsync(TextWriter output, string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement line = document.RootElement;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{line.GetProperty("at").GetDateTimeOffset():HH:mm:ss.fff} {line.GetProperty("session").GetString()} {line.GetProperty("client").GetString()} {line.GetProperty("from").GetString()}: {line.GetProperty("text").GetString()}"));
        await output.FlushAsync();
    }
}
