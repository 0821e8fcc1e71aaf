using Ptt.Web.Shell.Sessions;

namespace Ptt.Web.Shell;

/// <summary>Tells whoever started the server where its pages are, and how to get in while nobody has a password.</summary>
internal sealed partial class Greeting(OneTimeLink link, IConfiguration configuration, IHostApplicationLifetime lifetime, ILogger<Greeting> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            string scheme = configuration.GetValue("Ptt:Http:Tls", false) ? "https" : "http";
            string address = $"{scheme}://{configuration["Ptt:Http:EndPoint"] ?? "127.0.0.1:8080"}";
            if (link.IsOpen)
            {
                // On standard output and not in the log: a log is kept and sent elsewhere, this link lets in.
                Console.Out.WriteLine($"\nSign in: {address}{link.Path}\n");
            }

            PagesAt(address);
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(9001, LogLevel.Information, "Pages and API at {Address}")]
    private partial void PagesAt(string address);
}
