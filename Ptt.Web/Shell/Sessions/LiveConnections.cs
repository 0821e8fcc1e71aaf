using System.Collections.Concurrent;
using System.Security.Claims;
using System.Threading.Channels;
using Ptt.Web.Access;

namespace Ptt.Web.Shell.Sessions;

/// <summary>
/// The connections that stay open: circuits, and traces of sessions. They were let in with the rights of that moment; when their person's session
/// ends, or may do something else than then, they are cut at once. The page loads itself anew and shows what may be seen now.
/// </summary>
internal sealed class LiveConnections(SessionStore sessions, IPeople people, SessionCookie cookie, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan AtLeastEvery = TimeSpan.FromMinutes(1);   // nothing tells of a session that is too old

    private readonly ConcurrentDictionary<HttpContext, ClaimsPrincipal> _open = new();
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.User.Identity is not { IsAuthenticated: true, AuthenticationType: AccessSchemes.Session } || !Stays(http.Request.Path))
        {
            await next(http);
            return;
        }

        _open[http] = http.User;
        try
        {
            await next(http);
        }
        finally
        {
            _open.TryRemove(http, out _);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        sessions.Ended += Ring;
        people.Changed += Ring;
        using ITimer timer = time.CreateTimer(_ => Ring(), null, AtLeastEvery, AtLeastEvery);
        try
        {
            await foreach (bool _ in _bell.Reader.ReadAllAsync(stoppingToken))
            {
                foreach ((HttpContext http, ClaimsPrincipal user) in _open)
                {
                    if (!cookie.IsAsBefore(user))
                    {
                        http.Abort();
                    }
                }
            }
        }
        finally
        {
            sessions.Ended -= Ring;
            people.Changed -= Ring;
        }
    }

    private static bool Stays(PathString path) => path.StartsWithSegments("/_blazor") || path == "/api/v1/sessions/trace";

    private void Ring() => _bell.Writer.TryWrite(true);
}
