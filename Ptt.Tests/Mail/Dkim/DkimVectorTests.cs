using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Dkim;

/// <summary>The examples of the RFCs' appendices, octet for octet.</summary>
public sealed class DkimVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Vectors", "Dkim");

    // RFC 6376 §C has the key of §A; RFC 8463 §A.2 both of its own.
    private static readonly StaticResolver Keys = new(
        "brisbane._domainkey.example.com TXT \"v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB\"",
        "brisbane._domainkey.football.example.com TXT \"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"",
        "test._domainkey.football.example.com TXT \"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\"");

    [Theory]
    [InlineData("rfc6376-a.eml", "rsa-sha256 brisbane example.com")]
    [InlineData("rfc8463-a.eml", "ed25519-sha256 brisbane football.example.com|rsa-sha256 test football.example.com")]
    public async Task The_examples_of_the_RFCs_verify(string file, string signatures)
    {
        byte[] octets = await File.ReadAllBytesAsync(Path.Combine(Folder, file));
        var verifier = new DkimVerifier(Keys, new ManualTime());
        IReadOnlyList<DkimResult> results = await verifier.VerifyAsync(MessageContent.FromMemory(octets), default);
        Assert.Equal(signatures, string.Join('|', results.Select(r => $"{r.Algorithm} {r.Selector} {r.Domain}")));
        Assert.All(results, r => Assert.Equal((DkimVerdict.Pass, ""), (r.Verdict, r.Detail)));
    }

    [Fact]
    public void Ed25519_signs_as_RFC_8032_says()
    {
        // RFC 8032 §7.1 test 1, which is also the key of RFC 8463 §A.2.
        using Ed25519DkimKey key = Ed25519DkimKey.FromSeed(
            DomainName.Parse("football.example.com"), "brisbane", Convert.FromBase64String("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="));
        Assert.Equal("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", key.PublicRecord.ToString());
        byte[] signature = key.SignHash([]);
        Assert.Equal(
            "E5564300C360AC729086E2CC806E828A84877F1EB8E5D974D873E065224901555FB8821590A33BACC61E39701CF9B46BD25BF5F0595BBE24655141438E7A100B",
            Convert.ToHexString(signature));
        Assert.True(Ed25519DkimKey.Verify(key.PublicRecord.PublicKey.Span, [], signature));
        signature[3] ^= 1;
        Assert.False(Ed25519DkimKey.Verify(key.PublicRecord.PublicKey.Span, [], signature));
        Assert.False(Ed25519DkimKey.Verify(new byte[31], [], signature));
    }
}
