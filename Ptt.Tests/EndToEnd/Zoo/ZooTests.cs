using System.Security.Cryptography.X509Certificates;
using Ptt.Smtp.Client;
using Ptt.Smtp.Pipeline;
using Ptt.Tests.Support;

namespace Ptt.Tests.EndToEnd.Zoo;

/// <summary>
/// Every kind of destination that we know of, on loopback, real servers where there are such; what Ptt did with each stands as a table in docs/delivery.md, and is true.
/// </summary>
[Collection(EndToEndCollection.Name)]
public sealed class ZooTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly string[] Three = ["alice", "bob", "carol"];

    [Fact]
    public async Task What_Ptt_does_with_each_destination_is_what_the_document_says()
    {
        await using var world = new ZooWorld();
        await RealAsync(world);
        await SinksAsync(world);
        Silent(world);
        Refusing(world);
        Transport(world);
        Dane(world);
        Sts(world);
        Routing(world);
        Abilities(world);
        await world.StartWebAsync();
        await using SignedNames names = await SignedNames.StartAsync(world.SignedZone, world.PlainZone, world.Falsified);

        IReadOnlyList<ZooResult> results = await ZooRun.VisitAsync(world, names);
        string[] wrong = [.. results.Where(r => !r.Did.StartsWith(r.Animal.MustBe, StringComparison.Ordinal)).Select(r => $"{r.Animal.Name}: must be '{r.Animal.MustBe}', was '{r.Did}'")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        ZooTable.Check(results);
    }

    private static async Task RealAsync(ZooWorld world)
    {
        await world.Real.PostfixAsync(world.Plain("postfix", "Postfix; one of two recipients is unknown there", "alice delivered, nobody returned 5.1.1",
            a => a with { Recipients = ["alice", "nobody"] }), "postfix.plain.test");
        await world.Real.EximAsync(world.Plain("exim", "Exim; one of two recipients is unknown there", "alice delivered, nobody returned",
            a => a with { Recipients = ["alice", "nobody"] }));
        await world.Real.OpenSmtpdAsync(world.Plain("opensmtpd", "OpenSMTPD; one of two recipients is unknown there", "alice delivered, nobody returned",
            a => a with { Recipients = ["alice", "nobody"] }), "opensmtpd.plain.test");
    }

    private static async Task SinksAsync(ZooWorld world)
    {
        foreach ((string name, string what, string mustBe, string[] faults) in new (string, string, string, string[])[]
        {
            ("sink", "smtp-sink, nothing amiss", "delivered", []),
            ("sink-helo", "smtp-sink that knows no EHLO", "delivered", ["-e"]),
            ("sink-plain", "smtp-sink without PIPELINING, 8BITMIME, DSN and enhanced codes", "delivered", ["-p", "-8", "-N", "-E"]),
            ("sink-greets-5xx", "refuses the connection with 500", "deferred 4.3.0", ["-f", "CONNECT"]),
            ("sink-mail-4xx", "answers 450 to MAIL", "deferred 4.3.0", ["-r", "MAIL"]),
            ("sink-mail-5xx", "answers 500 to MAIL", "returned 5.3.0", ["-f", "MAIL"]),
            ("sink-rcpt-5xx", "answers 500 to RCPT", "returned 5.3.0", ["-f", "RCPT"]),
            ("sink-data-4xx", "answers 450 to DATA", "deferred 4.3.0", ["-r", "DATA"]),
            ("sink-dot-5xx", "answers 500 to the final dot", "returned 5.3.0", ["-f", "."]),
            ("sink-421-rcpt", "says 421 at RCPT and hangs up", "deferred", ["-Q", "RCPT"]),
            ("sink-drops-mail", "hangs up at MAIL", "deferred 4.4.2", ["-q", "MAIL"]),
            ("sink-drops-dot", "hangs up after the final dot", "deferred 4.4.2, perhaps delivered", ["-q", "."]),
            ("sink-aborts", "says 550 in the middle of the content", "returned", ["-A", "0"]),
        })
        {
            string must = mustBe.Replace("deferred 4.3.0", name is "sink-greets-5xx" ? "deferred 5.3.0" : "deferred 4.3.0", StringComparison.Ordinal);
            await world.Real.SinkAsync(world.Plain(name, what, must), faults);
        }
    }

    private static void Silent(ZooWorld world)
    {
        world.Deaf(world.Plain("no-syn", "a host that never answers", "deferred 4.4.1", a => a with { Hurry = t => t.Connect = Soon }));
        world.Plain("refused", "nobody listens on the port", "deferred 4.4.1");
        foreach ((string name, string at, Action<ClientTimeouts> hurry) in new (string, string, Action<ClientTimeouts>)[]
        {
            ("hangs-greeting", "(greeting)", t => t.Greeting = Soon), ("hangs-ehlo", "EHLO", t => t.Ehlo = Soon), ("hangs-mail", "MAIL", t => t.Mail = Soon),
            ("hangs-rcpt", "RCPT", t => t.Rcpt = Soon), ("hangs-data", "DATA", t => t.DataInitiation = Soon),
        })
        {
            world.Serve(world.Plain(name, $"falls silent at {(at == "(greeting)" ? "the greeting" : at)}", "deferred 4.4.2", a => a with { Hurry = hurry }),
                s => (s.Extensions, s.On) = (["PIPELINING"], line => line.StartsWith(at, StringComparison.Ordinal) ? "!hang" : null));
        }

        world.Serve(world.Plain("hangs-dot", "falls silent after the final dot", "deferred 4.4.2, perhaps delivered", a => a with { Hurry = t => t.DataTermination = Soon }),
            s => (s.Extensions, s.On) = (["PIPELINING"], line => line == "." ? "!hang" : null));
        world.Serve(world.Plain("hangs-tls", "says 220 to STARTTLS and falls silent", "deferred 4.4.2", a => a with { Hurry = t => t.Tls = Soon }),
            s => (s.Extensions, s.On) = (["PIPELINING", "STARTTLS"], line => line == "STARTTLS" ? "!raw 220 2.0.0 Ready\r\n" : null));
        world.Serve(world.Plain("not-smtp", "speaks another protocol", "deferred 4.5.0"), s => s.Greeting = "SSH-2.0-OpenSSH_9.2");
    }

    private static void Refusing(ZooWorld world)
    {
        world.Serve(world.Plain("greets-421", "greets with 421", "deferred 4.3.2"), s => s.Greeting = "421 4.3.2 Busy");
        world.Serve(world.Plain("greets-554", "greets with 554", "deferred 5.3.2"), s => s.Greeting = "554 5.3.2 No service");
        world.Serve(world.Plain("one-of-three", "refuses one recipient of three for good", "alice delivered, bob returned 5.1.1, carol delivered", a => a with { Recipients = Three }),
            s => s.On = line => line.StartsWith("RCPT TO:<bob", StringComparison.Ordinal) ? "550 5.1.1 No such user" : null);
        world.Serve(world.Plain("one-of-three-later", "puts one recipient of three off (greylisting)", "alice delivered, bob deferred 4.7.1, carol delivered", a => a with { Recipients = Three }),
            s => s.On = line => line.StartsWith("RCPT TO:<bob", StringComparison.Ordinal) ? "450 4.7.1 Greylisted" : null);
        int taken = 0;
        world.Serve(world.Plain("one-at-a-time", "takes one recipient for each transaction (452 4.5.3)", "delivered", a => a with { Recipients = Three }), s => s.On = line =>
        {
            taken = line.StartsWith("MAIL", StringComparison.Ordinal) ? 0 : line.StartsWith("RCPT", StringComparison.Ordinal) ? taken + 1 : taken;
            return line.StartsWith("RCPT", StringComparison.Ordinal) && taken > 1 ? "452 4.5.3 Too many recipients" : null;
        });
    }

    private static void Transport(ZooWorld world)
    {
        world.Serve(world.Plain("tls-broken", "offers STARTTLS and breaks the handshake; tried twice", "deferred 4.7.5 (starttls: TLS handshake failed); then delivered in the clear", a => a with { Again = true }),
            s => (s.Certificate, s.BreaksTls) = (world.Certificate("x"), true));
        world.Serve(world.Plain("tls-454", "offers STARTTLS and answers 454", "delivered"), s => (s.Certificate, s.On) = (world.Certificate("x"), l => l == "STARTTLS" ? "454 4.7.0 Not now" : null));
        world.Serve(world.Plain("tls-injection", "puts plaintext behind its reply to STARTTLS", "deferred 4.7.5"),
            s => (s.Certificate, s.On) = (world.Certificate("x"), l => l == "STARTTLS" ? "!raw 220 Ready\r\n250-evil\r\n" : null));
        world.Serve(world.Plain("tls-self-signed", "shows a self-signed certificate", "delivered"), s => s.Certificate = Certificates.Server("mx.tls-self-signed.plain.test"));
        world.Serve(world.Plain("tls-expired", "shows an expired certificate", "delivered"), s => s.Certificate = world.Certificate("mx.tls-expired.plain.test", expired: true));
        world.Serve(world.Plain("tls-other-name", "shows a certificate for another name", "delivered"), s => s.Certificate = world.Certificate("other.test"));
        world.Serve(world.Plain("requiretls-self-signed", "the message needs REQUIRETLS; offered under a self-signed certificate", "deferred 4.7.5", a => a with { With = RequireTls }),
            s => (s.Certificate, s.Extensions) = (Certificates.Server("mx.requiretls-self-signed.plain.test"), ["REQUIRETLS"]));
    }

    private static void Dane(ZooWorld world)
    {
        X509Certificate2 own = Certificates.Server("whoever.test"), old = Certificates.Server("mx.old.test", expired: true), between = Certificates.Intermediate(world.Authority);
        X509Certificate2 under = Certificates.Server("mx.dane-anchor.zoo.test", between), elsewhere = Certificates.Server("another.test", between);
        string good = ZooWorld.EndEntity(own), wrong = ZooWorld.EndEntity(Certificates.Server("stranger.test"));
        void Show(ScriptedServer s) => s.Certificate = own;

        world.Serve(world.Signed("dane-good", "TLSA 3 1 1 matches; the certificate is self-signed for another name", "delivered", good), Show);
        world.Serve(world.Signed("dane-expired", "TLSA 3 1 1 matches; the certificate has expired", "delivered", ZooWorld.EndEntity(old)), s => s.Certificate = old);
        world.Serve(world.Signed("dane-anchor", "TLSA 2 0 1 names the authority above the certificate", "delivered", ZooWorld.TrustAnchor(between)), s => (s.Certificate, s.Intermediate) = (under, between));
        world.Serve(world.Signed("dane-anchor-name", "TLSA 2 0 1 names the authority; the certificate is for another name", "deferred 4.7.5", ZooWorld.TrustAnchor(between)),
            s => (s.Certificate, s.Intermediate) = (elsewhere, between));
        world.Serve(world.Signed("dane-wrong", "no TLSA record matches", "deferred 4.7.5", wrong), Show);
        world.Serve(world.Signed("dane-no-tls", "TLSA records, and the host offers no STARTTLS", "deferred 4.7.4", good));
        world.Serve(world.Signed("dane-unusable", "TLSA with usage 1 only, a self-signed certificate", "delivered", "1" + good[1..]), Show);
        world.Serve(world.Signed("dane-unusable-no-tls", "TLSA with usage 1 only, and no STARTTLS", "deferred 4.7.4", "1" + good[1..]));
        world.Serve(world.Signed("dane-none", "signed, no TLSA record", "delivered"), Show);
        world.Serve(world.Signed("dane-bogus", "the TLSA record was falsified after it was signed", "deferred 4.7.5", good), Show);
        world.Falsified.Add(($"_{world.Port}._tcp.mx.dane-bogus TLSA", good[6..14].ToUpperInvariant(), wrong[6..14].ToUpperInvariant()));
        world.Serve(world.Signed("dns-bogus", "the MX record was falsified after it was signed", "deferred 4.4.3", good), Show);
        world.Falsified.Add(("dns-bogus MX", "10 mx", "20 mx"));

        world.Serve(world.Signed("dane-alias", "the TLSA record stands at the end of a CNAME", "delivered"), Show);
        world.SignedZone.AddRange([$"_{world.Port}._tcp.mx.dane-alias CNAME keys", $"keys TLSA {good}"]);
        world.Serve(world.Signed("dane-alias-wrong", "a CNAME leads to a TLSA record that does not match", "deferred 4.7.5"), Show);
        world.SignedZone.AddRange([$"_{world.Port}._tcp.mx.dane-alias-wrong CNAME wrong-keys", $"wrong-keys TLSA {wrong}"]);
        System.Net.IPEndPoint aliased = world.NextHost();
        world.Names("dane-host-alias", "the MX host is a CNAME; the TLSA record stands at what it stands for", "delivered",
            $"dane-host-alias MX 10 mx.dane-host-alias\nmx.dane-host-alias CNAME real-host\nreal-host A {aliased.Address}\n_{world.Port}._tcp.real-host TLSA {good}", signed: true);
        world.Serve(aliased, Show);

        world.Serve(world.Signed("requiretls-no", "TLSA matches; the message needs REQUIRETLS, which is not offered", "returned 5.7.30", good, a => a with { With = RequireTls }), Show);
        world.Serve(world.Signed("requiretls", "TLSA matches; the message needs REQUIRETLS, which is offered", "delivered", good, a => a with { With = RequireTls }),
            s => (s.Certificate, s.Extensions) = (own, ["PIPELINING", "REQUIRETLS"]));
        world.Serve(world.Plain("dane-unsigned", "a TLSA record that does not match, in an unsigned zone", "delivered"), Show);
        world.PlainZone.Add($"_{world.Port}._tcp.mx.dane-unsigned TLSA {wrong}");
        world.Serve(world.Signed("dane-and-sts", "TLSA matches; an MTA-STS policy that does not name the host", "delivered", good), Show);
        world.Policy("dane-and-sts", "enforce", "other.test", signed: true);
        world.Serve(world.Signed("dane-tls-no", "no TLSA record matches; the message says TLS-Required: No", "delivered", wrong,
            a => a with { Content = ZooWorld.Message("From: ada@example.test\r\nTLS-Required: No\r\n\r\nHi\r\n") }), Show);
    }

    private static void Sts(ZooWorld world)
    {
        foreach ((string name, string what, string mustBe, string mode, string mx, Func<string, X509Certificate2?> certificate) in new (string, string, string, string, string, Func<string, X509Certificate2?>)[]
        {
            ("sts-good", "enforce; the certificate is as it should be", "delivered", "enforce", "mx.sts-good.plain.test", h => world.Certificate(h)),
            ("sts-wildcard", "enforce; the host is named by a wildcard", "delivered", "enforce", "*.sts-wildcard.plain.test", h => world.Certificate(h)),
            ("sts-not-named", "enforce; the policy does not name the host", "deferred 4.7.5", "enforce", "other.test", h => world.Certificate(h)),
            ("sts-self-signed", "enforce; the certificate is self-signed", "deferred 4.7.5", "enforce", "mx.sts-self-signed.plain.test", h => Certificates.Server(h)),
            ("sts-expired", "enforce; the certificate has expired", "deferred 4.7.5", "enforce", "mx.sts-expired.plain.test", h => world.Certificate(h, expired: true)),
            ("sts-other-name", "enforce; the certificate is for another name", "deferred 4.7.5", "enforce", "mx.sts-other-name.plain.test", _ => world.Certificate("other.test")),
            ("sts-no-tls", "enforce; the host offers no STARTTLS", "deferred 4.7.4", "enforce", "mx.sts-no-tls.plain.test", _ => null),
            ("sts-testing", "testing; the certificate is self-signed", "delivered", "testing", "mx.sts-testing.plain.test", h => Certificates.Server(h)),
            ("sts-testing-not-named", "testing; the policy does not name the host", "delivered", "testing", "other.test", h => world.Certificate(h)),
            ("sts-none", "mode none; the certificate is self-signed", "delivered", "none", "mx.sts-none.plain.test", h => Certificates.Server(h)),
        })
        {
            world.Serve(world.Plain(name, "MTA-STS " + what, mustBe), s => s.Certificate = certificate($"mx.{name}.plain.test"));
            world.Policy(name, mode, mx);
        }

        world.Serve(world.Plain("sts-bad-web", "MTA-STS enforce, but the policy host's own certificate is self-signed", "delivered"), s => s.Certificate = Certificates.Server("x"));
        world.Policy("sts-bad-web", "enforce", "other.test", badWeb: true);
        world.Serve(world.Plain("sts-garbage", "MTA-STS: what the web server has is no policy", "delivered"), s => s.Certificate = Certificates.Server("x"));
        world.Policy("sts-garbage", "perhaps", "other.test");
    }

    private static void Routing(ZooWorld world)
    {
        world.Names("null-mx", "says that it takes no mail (null MX)", "returned 5.1.10", "null-mx MX 0 .");
        world.Animals.Add(new Animal("no-such", "a domain that does not exist", "returned 5.1.2"));
        world.Names("no-address", "an MX without an address", "deferred 4.4.4", "no-address MX 10 nowhere.no-address");
        world.Names("loops", "names this machine as its best MX", "returned 5.4.6", "loops MX 10 relay.test.");
        System.Net.IPEndPoint second = world.NextHost(), implicitly = world.NextHost();
        world.Names("second-mx", "the preferred host refuses connections, the second takes it", "delivered",
            $"second-mx MX 10 a.second-mx\nsecond-mx MX 20 b.second-mx\na.second-mx A {world.NextHost().Address}\nb.second-mx A {second.Address}");
        world.Serve(second);
        world.Names("implicit-mx", "no MX record, an address", "delivered", $"implicit-mx A {implicitly.Address}");
        world.Serve(implicitly);
    }

    private static void Abilities(ZooWorld world)
    {
        Envelope EightBit(Envelope e) => e with { EightBit = true };
        world.Serve(world.Plain("no-8bitmime", "8-bit content, and the host takes seven bits only", "returned 5.6.3",
            a => a with { With = EightBit, Content = ZooWorld.Message("From: ada@example.test\r\n\r\nCafé\r\n") }), s => s.Extensions = ["PIPELINING"]);
        world.Serve(world.Plain("no-smtputf8", "an address that needs SMTPUTF8, and the host has none", "returned 5.6.7", a => a with { Recipients = ["zoë"] }), s => s.Extensions = ["PIPELINING", "8BITMIME"]);
        world.Serve(world.Plain("smtputf8", "an address that needs SMTPUTF8, and the host has it", "delivered", a => a with { Recipients = ["zoë"] }));
        world.Serve(world.Plain("too-big", "a message larger than the SIZE that the host takes", "returned 5.3.4",
            a => a with { Content = ZooWorld.Message("From: ada@example.test\r\n\r\n" + string.Concat(Enumerable.Repeat("a line of text\r\n", 100))) }), s => s.Extensions = ["SIZE 500"]);
    }

    private static Envelope RequireTls(Envelope envelope) => envelope with { RequireTls = true };
}
