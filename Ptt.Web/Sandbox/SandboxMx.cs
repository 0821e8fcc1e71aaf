using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Ptt.Mail;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Smtp.Server;
using Ptt.Web.Listeners;

namespace Ptt.Web.Sandbox;

/// <summary>
/// The catch-all MX of the sandbox's world: our own server, taking mail for anybody without AUTH. Some local parts misbehave, to try retries and
/// returns with: <c>defer@</c> is put off each time, <c>greylist@</c> the first time, <c>reject@</c> refused, <c>full@</c> over quota, <c>slow@</c> slow.
/// </summary>
internal sealed class SandboxMx(
    IOptions<SandboxOptions> options, SandboxHop hop, Certificates certificates, IOptionsMonitor<Limits> limits, TimeProvider time, ServerMetrics metrics,
    ILogger<SmtpConnectionHandler> logger) : IConfigureOptions<KestrelServerOptions>
{
    private static readonly Reply Deferred = new(451, new(7, 1), "This address of the sandbox is always put off");
    private static readonly Reply Greylisted = new(451, new(7, 1), "Greylisted; try again");
    private static readonly Reply NoSuchUser = new(550, new(1, 1), "This address of the sandbox is always refused");
    private static readonly Reply OverQuota = new(452, new(2, 2), "This mailbox of the sandbox is always full");

    private readonly HashSet<string> _seen = [];

    public void Configure(KestrelServerOptions kestrel)
    {
        var profile = new ListenerProfile
        {
            Role = Role.Relay, Hostname = "mx." + SandboxZones.Ours, NextHop = hop, Tls = certificates, RefusesRecipient = Refuses,
        };
        var handler = new SmtpConnectionHandler(profile, () => limits.CurrentValue, time, metrics, logger);
        kestrel.Listen(IPEndPoint.Parse(options.Value.MxEndPoint), listen =>
        {
            listen.Protocols = HttpProtocols.None;
            listen.Run(handler.OnConnectedAsync);
        });
    }

    private Reply? Refuses(Mailbox recipient) => recipient.LocalPart.Value switch
    {
        "defer" => Deferred,
        "reject" => NoSuchUser,
        "full" => OverQuota,
        "greylist" when IsFirst(recipient) => Greylisted,
        _ => null,
    };

    private bool IsFirst(Mailbox recipient)
    {
        lock (_seen)
        {
            return _seen.Count < 10_000 && _seen.Add(recipient.ToString());
        }
    }
}
