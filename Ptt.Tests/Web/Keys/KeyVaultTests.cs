using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Ptt.Dns;
using Ptt.Mail.Dkim;
using Ptt.Tests.Support;
using Ptt.Web.Configuration;
using Ptt.Web.Keys;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Tests.Web.Keys;

public sealed class KeyVaultTests : IDisposable
{
    private static readonly DomainName Domain = DomainName.Parse("example.org");

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("rsa-2048", "")]
    [InlineData("ed25519", "")]
    [InlineData("rsa-2048", "a pass phrase")]
    [InlineData("ed25519", "a pass phrase")]
    public void A_key_is_kept_as_PKCS8_readable_by_its_owner_alone(string algorithm, string passphrase)
    {
        Assert.True(KeyKind.TryParse(algorithm, out KeyKind? kind));
        KeyRecord record = Vault(passphrase).Create(Domain, "s1", kind);
        string path = Path.Combine(_directory.Path, "keys", "example.org", "s1.pem");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.StartsWith(passphrase.Length == 0 ? "-----BEGIN PRIVATE KEY" : "-----BEGIN ENCRYPTED PRIVATE KEY", File.ReadAllText(path), StringComparison.Ordinal);

        IDkimKey? again = Vault(passphrase).TryOpen(Domain, "s1", out string? fault);
        Assert.Null(fault);
        byte[] hash = SHA256.HashData("x"u8);
        Assert.True(record.Verify(hash, again!.SignHash(hash)));
        Assert.Equal(record, Vault(passphrase).Create(Domain, "s1", kind));       // made once, however often it is asked for
    }

    [Fact]
    public void A_key_of_another_passphrase_a_spoilt_one_and_a_lost_one_are_told()
    {
        Vault("right").Create(Domain, "s1", KeyKind.Ed25519);
        Assert.Null(Vault("wrong").TryOpen(Domain, "s1", out string? fault));
        Assert.Contains("Passphrase", fault, StringComparison.Ordinal);
        Assert.Null(Vault("right").TryOpen(Domain, "s2", out fault));
        Assert.Contains("gone", fault, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_directory.Path, "keys", "example.org", "s1.pem"), "garbage");
        Assert.Null(Vault("right").TryOpen(Domain, "s1", out fault));
        Assert.Contains("spoilt", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_destroyed_key_is_gone_and_may_be_destroyed_again()
    {
        KeyVault vault = Vault("");
        vault.Create(Domain, "s1", KeyKind.Ed25519);
        vault.Destroy(Domain, "s1");
        vault.Destroy(Domain, "s1");
        Assert.Null(vault.TryOpen(Domain, "s1", out _));
        Assert.Empty(Directory.GetFiles(Path.Combine(_directory.Path, "keys", "example.org")));
    }

    [Fact]
    public void Nothing_that_the_vault_shows_is_a_private_key()
    {
        // It signs; no member of it, and none of the keys it hands out, gives octets or a key object away.
        Type[] types = [typeof(KeyVault), typeof(RsaDkimKey), typeof(Ed25519DkimKey)];
        foreach (var member in types.SelectMany(t => t.GetMembers(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance)))
        {
            Type? returned = member switch
            {
                System.Reflection.MethodInfo method => method.ReturnType,
                System.Reflection.PropertyInfo property => property.PropertyType,
                _ => null,
            };
            Assert.True(member.Name == nameof(IDkimKey.SignHash) || returned != typeof(byte[]), member.Name);
            Assert.False(typeof(AsymmetricAlgorithm).IsAssignableFrom(returned), member.Name);
        }
    }

    [Fact]
    public void Keys_in_every_usual_form_are_imported()
    {
        using var rsa = RSA.Create(2048);
        string ed25519 = PrivateKeyForm.ToPem(PrivateKeyForm.Generate(KeyKind.Ed25519), "");
        string[] good =
        [
            rsa.ExportRSAPrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem(), "comment\n" + rsa.ExportPkcs8PrivateKeyPem() + "\n", ed25519,
            "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n",
        ];
        byte[] hash = SHA256.HashData("x"u8);
        foreach (string text in good)
        {
            Assert.True(ImportedKey.TryRead(Domain, "s", text, out IDkimKey? key, out string fault), fault);
            KeyRecord record = key is RsaDkimKey one ? one.PublicRecord : ((Ed25519DkimKey)key).PublicRecord;
            Assert.True(record.Verify(hash, key.SignHash(hash)));
        }

        using var small = RSA.Create(512);
        foreach (string text in new[] { "", "garbage", rsa.ExportSubjectPublicKeyInfoPem(), small.ExportPkcs8PrivateKeyPem(), "AAAA", rsa.ExportRSAPrivateKeyPem().Replace('M', 'N') })
        {
            Assert.False(ImportedKey.TryRead(Domain, "s", text, out _, out string fault));
            Assert.NotEmpty(fault);
        }
    }

    private KeyVault Vault(string passphrase) =>
        new(new DataDirectory(_directory.Path), Options.Create(new KeysOptions { Passphrase = passphrase }));
}
