using Ptt.Tests.EndToEnd;
using Ptt.Tests.Support;

namespace Ptt.Tests.Web.Listeners;

public sealed class CertificateOptionsTests
{
    [Theory]
    [InlineData("no certificate at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public async Task A_file_that_is_no_certificate_is_named_with_its_key(string content)
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "bad.pem");
        await File.WriteAllTextAsync(path, content);
        (int code, string output) = await PttProcess.RunAsync("Production", null, [$"Ptt:Certificates:Path={path}"]);
        Assert.Equal(78, code);
        Assert.Contains($"Ptt:Certificates:Path\n      {path} cannot be used: ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
