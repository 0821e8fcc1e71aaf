using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Ptt.Tests.Support;
using Ptt.Web.Acme;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;

namespace Ptt.Tests.Web.Acme;

/// <summary>When a certificate is asked for, and when not.</summary>
public sealed class AcmeWorkerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _data = new();
    private readonly ScriptedAuthority _authority = new();
    private readonly ManualTime _time = new(Start);
    private readonly AlarmBoard _alarms;

    public AcmeWorkerTests()
    {
        _alarms = new AlarmBoard(_time, NullLogger<AlarmBoard>.Instance);
        _authority.Answers["/order"] = ScriptedAuthority.One(HttpStatusCode.TooManyRequests, """{"type":"urn:ietf:params:acme:error:rateLimited","detail":"slowly"}""", TimeSpan.FromHours(3));
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task After_a_refusal_nothing_is_asked_before_the_authority_said_and_a_restart_changes_nothing_of_it()
    {
        await NewWorker().CheckAsync(default);
        Assert.Contains("rateLimited (slowly)", Assert.Single(_alarms.Current).Text, StringComparison.Ordinal);
        int asked = _authority.Asked.Count;

        _time.Advance(TimeSpan.FromHours(3) - TimeSpan.FromSeconds(1));
        await NewWorker().CheckAsync(default);
        Assert.Equal(asked, _authority.Asked.Count);

        _time.Advance(TimeSpan.FromSeconds(2));
        await NewWorker().CheckAsync(default);
        Assert.True(_authority.Asked.Count > asked);
    }

    [Fact]
    public async Task Who_mends_the_settings_is_not_made_to_wait()
    {
        await NewWorker().CheckAsync(default);
        int asked = _authority.Asked.Count;
        await NewWorker("other.example.org").CheckAsync(default);
        Assert.True(_authority.Asked.Count > asked);
    }

    [Fact]
    public async Task A_certificate_is_renewed_after_two_thirds_of_its_life()
    {
        Hold("mail.example.org", TimeSpan.FromDays(90));
        _authority.Answers["/dir"] = ScriptedAuthority.One(HttpStatusCode.OK, """{"newNonce":"https://ca.test/nonce","newAccount":"https://ca.test/account","newOrder":"https://ca.test/order"}""");
        _time.Advance(TimeSpan.FromDays(59.9));
        await NewWorker().CheckAsync(default);
        Assert.DoesNotContain("/order", _authority.Asked);
        _time.Advance(TimeSpan.FromDays(0.2));
        await NewWorker().CheckAsync(default);
        Assert.Contains("/order", _authority.Asked);
    }

    [Fact]
    public async Task An_authority_that_wants_it_sooner_is_heard()
    {
        string path = "/renewal/" + Hold("mail.example.org", TimeSpan.FromDays(90));
        _authority.Answers[path] = ScriptedAuthority.One(HttpStatusCode.OK, """{"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-03T00:00:00Z"}}""");
        await NewWorker().CheckAsync(default);
        Assert.DoesNotContain("/order", _authority.Asked);
        _time.Advance(TimeSpan.FromDays(2));
        await NewWorker().CheckAsync(default);
        Assert.Equal(2, _authority.Asked.Count(p => p == path));
        Assert.Contains("/order", _authority.Asked);
    }

    [Fact]
    public async Task A_certificate_of_other_names_is_replaced_at_once()
    {
        Hold("old.example.org", TimeSpan.FromDays(90));
        await NewWorker().CheckAsync(default);
        Assert.Contains("/order", _authority.Asked);
    }

    [Theory]
    [InlineData(1, null, 5)]
    [InlineData(3, null, 20)]
    [InlineData(20, null, 24 * 60)]
    [InlineData(3, 7 * 24 * 60, 7 * 24 * 60)]
    public void The_pause_doubles_up_to_a_day_and_an_authority_that_asks_for_more_is_obeyed(int failures, int? told, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), RenewalTime.Pause(failures, TimeSpan.FromMinutes(5), told is { } t ? TimeSpan.FromMinutes(t) : null));

    private AcmeWorker NewWorker(string name = "mail.example.org")
    {
        var options = new AcmeOptions { Directory = "https://ca.test/dir", AcceptTerms = true, Names = [name] };
        var client = new AcmeClient(_authority.Client(), new Uri(options.Directory), _time);
        var store = new AcmeStore(Options.Create(options), new DataDirectory(_data.Path));
        IMeterFactory meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        return new AcmeWorker(new CertificateOrder(client, options, store, null!, _time), client, store, Options.Create(options), Options.Create(new PttOptions()), _alarms, meters,
            _time, NullLogger<AcmeWorker>.Instance);
    }

    /// <summary>As if it had been issued now; what RFC 9773 calls it.</summary>
    private string Hold(string name, TimeSpan life)
    {
        using X509Certificate2 authority = Certificates.Authority();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using X509Certificate2 issued = request.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(authority.GetECDsaPrivateKey()!), Start, Start + life, [1, 2, 3]);
        CertificateFile.WritePrivate(Path.Combine(Directory.CreateDirectory(Path.Combine(_data.Path, "certificates")).FullName, "acme.pem"),
            issued.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        return RenewalTime.Identifier(issued)!;
    }
}
