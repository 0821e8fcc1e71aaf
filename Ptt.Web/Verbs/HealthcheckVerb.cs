using System.Net;
using Ptt.Web.Configuration;

namespace Ptt.Web.Verbs;

/// <summary>Asks the running server's <c>/readyz</c>: for containers, whose image holds no curl.</summary>
internal static class HealthcheckVerb
{
    public static readonly Verb Verb = new("healthcheck", "exit 0 when the server on this machine is ready to accept mail", RunAsync);

    private static async Task<int> RunAsync(VerbCall call)
    {
        IConfiguration configuration = call.Describe(call.Args).Configuration;
        if (!IPEndPoint.TryParse(configuration["Ptt:Http:EndPoint"] ?? "127.0.0.1:8080", out IPEndPoint? endPoint))
        {
            await call.Errors.WriteLineAsync("Ptt:Http:EndPoint is not address:port.");
            return Verb.Failed;
        }

        IPAddress address = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endPoint.Address;
        string scheme = string.Equals(configuration["Ptt:Http:Tls"], "true", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;   // our own server, on this machine: only its health is asked
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(4) };
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"{scheme}://{new IPEndPoint(address, endPoint.Port)}/readyz"));
            await call.Output.WriteLineAsync(await answer.Content.ReadAsStringAsync());
            return answer.IsSuccessStatusCode ? Verb.Done : Verb.Failed;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            await call.Errors.WriteLineAsync($"No answer from {endPoint}: {fault.Message}");
            return Verb.Failed;
        }
    }
}
