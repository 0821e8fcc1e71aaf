using System.Security.Cryptography;
using System.Text;
using Ptt.Dns;
using Ptt.Tests.Support;
using Ptt.Web.Keys.Derivation;
using Ptt.Web.Keys.Vault;
using Ptt.Web.Verbs;

namespace Ptt.Tests.Web.Keys.Derivation;

/// <summary>The vectors were made by mirage-crypto 0.10.7 itself (Debian's libmirage-crypto-ocaml-dev), from this seed: <c>Rng.create ~seed (module Fortuna)</c>, <c>Rsa.generate ~g ~bits</c>.</summary>
public sealed class DerivedKeyTests
{
    private static readonly byte[] Seed = Encoding.ASCII.GetBytes("a seed of the ancestor");

    [Fact]
    public void The_generator_makes_the_octets_that_mirage_crypto_makes()
    {
        var generator = new Fortuna(Seed);
        Assert.Equal(
            "d255c14d04f0260d2b96d1bfc0ace7c72f16457df4bdc5556e88b1fdc40ed75ddcf1b3e8fe6fb5c00378ab1a3423180c6b15"
            + "6e645b0ccf0d21d9271761828d29d610a1fa3dcf3aa3fd36a69287f7159fb5472cceae73c4d2e0764a4ff9cff2d54b5a816d",
            Convert.ToHexStringLower(generator.Generate(100)));
        Assert.Equal("fe5b9f0d9f8489ae8c59d569d4da378e", Convert.ToHexStringLower(generator.Generate(16)));
        Assert.Equal("bc2b152bbcb7210383379f717be37b40c3b4e5a327bc059a24599af9b70f9ca0e6", Convert.ToHexStringLower(generator.Generate(33)));
    }

    [Fact]
    public void A_key_of_1024_bits_is_the_one_that_mirage_crypto_derives()
    {
        using RSA key = DerivedKey.Rsa(Seed, 1024);
        RSAParameters parts = key.ExportParameters(includePrivateParameters: false);
        Assert.Equal(
            "ab7ccb21ca7af112ac57a2e275e4f52a95ba9c8fb6e2f9bb9792502e33b4a58dd5794b2a20ea58326e45bc61ebfe03379055c09fa0428eafef2048da3e1af44c"
            + "2d9958e0657bc0ae4001e80b6db5a53c9b8095f336ebc491ae4f29e4ade7bcff9632d480acc00990b67fb317d2fcec24f5322ad501078f8ef603f86c691fe965",
            Convert.ToHexStringLower(parts.Modulus!));
    }

    [Fact]
    public Task The_verb_writes_the_key_and_it_signs_as_an_imported_one() =>
        WritesAsync(2048, "486095acbfca10a84c708f93f31caa0caf72488d520e8736e2ac4a1368810834");

    [Fact, Trait("Run", "Long")]
    public Task The_verb_writes_a_key_of_4096_bits_as_the_ancestor_makes_them() =>
        WritesAsync(4096, "d0ac9b74dfb62c6587cc4596c004b0f92a928213dfbed04cced7010774896de7");

    [Theory]
    [InlineData]
    [InlineData("seed")]
    [InlineData("seed", "key", "--bits", "512")]
    [InlineData("seed", "key", "--bits")]
    public async Task A_wrong_call_is_told_how(params string[] args) =>
        Assert.Equal(Verb.BadUsage, await DeriveKeyVerb.Verb.RunAsync(new VerbCall(args, null!, null!, TextWriter.Null, TextWriter.Null)));

    /// <param name="sha256">Of the modulus in hexadecimal.</param>
    private static async Task WritesAsync(int bits, string sha256)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("seed"), Convert.ToBase64String(Seed).TrimEnd('=') + "\n");
        string file = directory.File("key.pem");
        var output = new StringWriter();
        Assert.Equal(Verb.Done, await DeriveKeyVerb.Verb.RunAsync(new VerbCall([directory.File("seed"), file, "--bits", $"{bits}"], null!, null!, output, TextWriter.Null)));

        string pem = await File.ReadAllTextAsync(file);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        using var rsa = RSA.Create();
        rsa.ImportFromPem(pem);
        string modulus = Convert.ToHexStringLower(rsa.ExportParameters(includePrivateParameters: false).Modulus!);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(modulus))));
        Assert.True(ImportedKey.TryRead(DomainName.Parse("example.org"), "old", pem, out Ptt.Mail.Dkim.IDkimKey? key, out _));
        Assert.Contains(((Ptt.Mail.Dkim.RsaDkimKey)key).PublicRecord.ToString(), output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(Verb.Failed, await DeriveKeyVerb.Verb.RunAsync(new VerbCall([directory.File("seed"), file], null!, null!, output, TextWriter.Null)));   // never over another
    }
}
