using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Ptt.Smtp.Client;
using Ptt.Web.Queue.Spooling;

namespace Ptt.Web.Queue.Webhooks;

/// <summary>
/// Tells the endpoints, each on its own so that one that hangs delays no other. 2xx is delivered, 410 disables the endpoint, all else is
/// tried again until it is a dead letter. Redirects are not followed, and an address is looked at before it is connected to.
/// </summary>
internal sealed partial class WebhookSender : BackgroundService
{
    public const string Test = "test";
    private const int AtOnce = 50;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly WebhookStore _store;
    private readonly SqliteSpool _spool;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient _client;
    private readonly Bell _bell;
    private readonly Dictionary<string, Task> _running = [];

    public WebhookSender(WebhookStore store, SqliteSpool spool, IOptions<WebhookOptions> options, TimeProvider time, ILogger<WebhookSender> logger)
    {
        _store = store;
        _spool = spool;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _bell = new Bell(time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = _options.Timeout,
            MaxResponseContentBufferSize = 64 * 1024,
        };
        store.Changed += OnChanged;
        OnChanged();
    }

    public override void Dispose()
    {
        _store.Changed -= OnChanged;
        _client.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long? pruned = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            _bell.Hear();
            foreach (WebhookEndpoint endpoint in _store.Endpoints.Where(e => e.Disabled is null))
            {
                if (!_running.TryGetValue(endpoint.Id, out Task? running) || running.IsCompleted)
                {
                    _running[endpoint.Id] = SendAllAsync(endpoint, stoppingToken);
                }
            }

            if (pruned is null || _time.GetElapsedTime(pruned.Value) > TimeSpan.FromHours(1))
            {
                pruned = _time.GetTimestamp();
                _store.Prune(_options.KeepDeadFor);
            }

            try
            {
                await _bell.WaitAsync(Between, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await Task.WhenAll(_running.Values);
    }

    private async Task SendAllAsync(WebhookEndpoint endpoint, CancellationToken stoppingToken)
    {
        try
        {
            while (_store.Due(endpoint.Id, AtOnce) is { Count: > 0 } due)
            {
                foreach (OutgoingEvent e in due)
                {
                    if (_store.Find(endpoint.Id) is not { Disabled: null } current)
                    {
                        return;
                    }

                    await SendAsync(current, e, stoppingToken);
                }
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            SendingFaulted(endpoint.Id, fault);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task SendAsync(WebhookEndpoint endpoint, OutgoingEvent e, CancellationToken stoppingToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url)
        {
            Content = new ByteArrayContent(e.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("webhook-id", e.Id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(endpoint.SecretsAt(now), e.Id, now, e.Body));
        request.Headers.UserAgent.ParseAdd("Ptt");
        string result;
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stoppingToken);
            if (answer.IsSuccessStatusCode)
            {
                _store.Delivered(e.N);
                return;
            }

            result = $"HTTP {(int)answer.StatusCode}";
            if (answer.StatusCode == HttpStatusCode.Gone)
            {
                _store.Save(endpoint with { Disabled = "The endpoint answered 410: it wants no more." });
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || fault is OperationCanceledException && !stoppingToken.IsCancellationRequested)
        {
            result = fault switch
            {
                OperationCanceledException => "no answer in time",
                HttpRequestException { InnerException: RefusedAddressException } => "its address is private, which is not allowed",
                HttpRequestException { HttpRequestError: var error } => $"no connection: {error}",
                _ => "the connection broke",
            };
        }

        TimeSpan? wait = _options.WaitAfter(e.Attempts + 1);
        _store.Failed(e, result, wait);
        NotTaken(endpoint.Id, e.Type, result, wait is null ? "a dead letter now" : "tried again");
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        IPAddress[] all = await System.Net.Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        IPAddress[] allowed = [.. all.Where(a => _options.AllowPrivateAddresses || AddressPolicy.IsPublic(a))];
        if (allowed.Length == 0)
        {
            throw new RefusedAddressException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void OnChanged()
    {
        _spool.TellsAccepted = _store.Wants(WebhookEvent.Accepted);
        _bell.Ring();
    }

    private sealed class RefusedAddressException() : IOException("The address is private.");

    [LoggerMessage(5501, LogLevel.Warning, "Webhook {Endpoint} did not take {Type}: {Result}; {Next}")]
    private partial void NotTaken(string endpoint, string type, string result, string next);

    [LoggerMessage(5502, LogLevel.Error, "Sending to webhook {Endpoint} faulted")]
    private partial void SendingFaulted(string endpoint, Exception fault);
}
