using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ptt.Dns.Messages;
using Ptt.Smtp.Client;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

public sealed class StartTlsTests
{
    private static readonly X509Certificate2 Authority = Certificates.Authority();
    private static readonly X509Certificate2 Good = Certificates.Server("mx.test", Authority);
    private static readonly X509Certificate2 OtherName = Certificates.Server("other.test", Authority);
    private static readonly X509Certificate2 Expired = Certificates.Server("mx.test", Authority, expired: true);
    private static readonly X509Certificate2 SelfSigned = Certificates.Server("mx.test");

    private static X509Certificate2 ByName(string name) => name switch
    {
        "good" => Good,
        "other name" => OtherName,
        "expired" => Expired,
        _ => SelfSigned,
    };

    [Theory]
    [InlineData("good")]
    [InlineData("other name")]
    [InlineData("expired")]
    [InlineData("self-signed")]
    public async Task Opportunistic_TLS_takes_any_certificate(string certificate)
    {
        await using var server = new ScriptedServer { Certificate = ByName(certificate) };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);

        Assert.StartsWith("TLSv1.3 TLS_", session.Tls!.Cipher, StringComparison.Ordinal);
        Assert.Contains(ByName(certificate).GetCertHashString(HashAlgorithmName.SHA256), session.Tls.Certificate, StringComparison.Ordinal);
        await session.SendAsync(Mails.Envelope("bob@one.test"));
        Assert.True(Assert.Single(server.Mails).Tls);
        Assert.Equal(2, server.Commands.Count(c => c.StartsWith("EHLO", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("good", null, null)]
    [InlineData("other name", "not for mx.test", TlsFailure.CertificateHostMismatch)]
    [InlineData("expired", "expired", TlsFailure.CertificateExpired)]
    [InlineData("self-signed", "self-signed", TlsFailure.CertificateNotTrusted)]
    public async Task A_verified_session_wants_the_right_name_a_trusted_issuer_and_the_right_time(string certificate, string? problem, TlsFailure? failure)
    {
        await using var server = new ScriptedServer { Certificate = ByName(certificate) };
        var policy = new TlsPolicy(TlsDemand.Verified, "mta-sts") { Names = ["mx.test"], TrustAnchors = [Authority] };
        SessionOpening opening = await ClientHarness.OpenAsync(server, policy);

        if (problem is null)
        {
            await using SmtpClientSession session = Assert.IsType<SessionOpening.Opened>(opening).Session;
            Assert.True(session.Tls!.Verified);
        }
        else
        {
            var refused = Assert.IsType<SessionOpening.Refused>(opening);
            Assert.Equal((SmtpPhase.StartTls, failure, "4.7.5"), (refused.Phase, refused.Failure, refused.Reply.StatusText));
            Assert.Contains(problem, refused.Reply.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("good", 3, 1, 1, true)]
    [InlineData("self-signed", 3, 1, 1, true)]
    [InlineData("expired", 3, 0, 2, true)]          // RFC 7672 §3.1.1: with DANE-EE neither dates nor names count
    [InlineData("other name", 3, 1, 0, true)]
    [InlineData("good", 2, 0, 1, true)]
    [InlineData("expired", 2, 0, 1, false)]         // with DANE-TA they do
    [InlineData("other name", 2, 0, 1, false)]
    public async Task DANE_vouches_for_a_certificate_whoever_signed_it(string certificate, byte usage, byte selector, byte matching, bool good)
    {
        X509Certificate2 shown = ByName(certificate);
        await using var server = new ScriptedServer { Certificate = shown };
        var policy = new TlsPolicy(TlsDemand.Dane, "dane") { Names = ["mx.test"], Tlsa = [Tlsa(usage == 3 ? shown : Authority, usage, selector, matching)] };
        // DANE-TA needs the anchor in the chain that the server sends; the test server sends its leaf alone, so the record carries it where it may.
        SessionOpening opening = await ClientHarness.OpenAsync(server, usage == 2 ? policy with { TrustAnchors = [Authority] } : policy);

        Assert.Equal(good, opening is SessionOpening.Opened);
        if (opening is SessionOpening.Opened { Session: var session })
        {
            await session.DisposeAsync();
        }
    }

    [Fact]
    public async Task DANE_refuses_a_certificate_that_no_record_matches()
    {
        await using var server = new ScriptedServer { Certificate = Good };
        var policy = new TlsPolicy(TlsDemand.Dane, "dane") { Names = ["mx.test"], Tlsa = [Tlsa(SelfSigned, 3, 1, 1)] };
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server, policy));
        Assert.Contains("no TLSA record", refused.Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Required_TLS_that_is_not_offered_ends_the_session_before_MAIL()
    {
        await using var server = new ScriptedServer();
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server, new TlsPolicy(TlsDemand.Encrypted, "route")));
        Assert.Equal(TlsFailure.StartTlsNotSupported, refused.Failure);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("454 4.7.0 TLS not available", true)]
    [InlineData("502 no", true)]
    [InlineData("421 bye", false)]
    public async Task Opportunistic_TLS_that_is_refused_goes_on_in_the_clear_where_the_session_does(string answer, bool goesOn)
    {
        await using var server = new ScriptedServer { Certificate = Good, On = c => c == "STARTTLS" ? answer : null };
        SessionOpening opening = await ClientHarness.OpenAsync(server);
        Assert.Equal(goesOn, opening is SessionOpening.Opened { Session.Tls: null });
        if (opening is SessionOpening.Opened { Session: var session })
        {
            await session.DisposeAsync();
        }
    }

    [Fact]
    public async Task Plaintext_behind_the_reply_to_STARTTLS_is_never_used()
    {
        await using var server = new ScriptedServer
        {
            Certificate = Good,
            On = c => c == "STARTTLS" ? "!raw 220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n" : null,
        };
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server));
        Assert.Equal(SmtpPhase.StartTls, refused.Phase);
        Assert.Contains("plaintext", refused.Reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_offered_in_the_clear_is_forgotten_under_TLS()
    {
        int ehlo = 0;
        await using var server = new ScriptedServer { Certificate = Good };
        server.On = c => c.StartsWith("EHLO", StringComparison.Ordinal) && ++ehlo == 2 ? "250 mx.test" : null;
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server);
        Assert.Equal(PeerExtensions.None, session.Peer);
    }

    [Fact]
    public async Task A_broken_handshake_is_told_as_one()
    {
        await using var server = new ScriptedServer { Certificate = Good, BreaksTls = true };
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server));
        Assert.Equal((TlsFailure.Handshake, "4.7.5"), (refused.Failure!.Value, refused.Reply.StatusText));
        Assert.Equal(SmtpPhase.StartTls, refused.Phase);
    }

    [Fact]
    public async Task Implicit_TLS_begins_with_the_handshake()
    {
        await using var server = new ScriptedServer { Certificate = Good, ImplicitTls = true };
        await using SmtpClientSession session = await ClientHarness.SessionAsync(server, new TlsPolicy(TlsDemand.Encrypted, "route") { Implicit = true });
        Assert.NotNull(session.Tls);
        Assert.DoesNotContain("STARTTLS", server.Commands);
    }

    internal static RecordData.Tlsa Tlsa(X509Certificate2 certificate, byte usage, byte selector, byte matching)
    {
        byte[] selected = selector == 0 ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return new RecordData.Tlsa(usage, selector, matching, matching switch { 0 => selected, 1 => SHA256.HashData(selected), _ => SHA512.HashData(selected) });
    }
}
