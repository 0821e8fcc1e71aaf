using System.Security.Cryptography.X509Certificates;
using Ptt.Mail;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Smtp.Protocol;
using Ptt.Web.Links;

namespace Ptt.Web.Roles;

/// <summary>
/// The next role on another machine of ours: shows this machine's link certificate, takes only what our authority issued, and goes on with the new
/// certificate when it is renewed.
/// </summary>
internal sealed class LinkHop(string host, int port, LinkCertificates links, SessionPool pool, SystemNames names) : INextHop
{
    private volatile Current? _current;

    public ValueTask<Reply> AcceptAsync(Envelope envelope, MessageContent content, CancellationToken cancellationToken)
    {
        X509Certificate2? certificate = links.Client;
        if (_current is not { } current || current.Certificate != certificate)
        {
            var options = new SmtpHopOptions(host, port) { ClientCertificate = certificate, TrustAnchors = links.Anchors };
            _current = current = new(certificate, new SmtpHop(options, pool, names));
        }

        return current.Hop.AcceptAsync(envelope, content, cancellationToken);
    }

    private sealed record Current(X509Certificate2? Certificate, SmtpHop Hop);
}
