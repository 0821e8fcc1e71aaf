using System.Text;
using Ptt.Smtp.Sasl;
using Ptt.Web.Http;
using Ptt.Web.Users.Files;

namespace Ptt.Tests.Web.Users;

public sealed class UserFileTests
{
    private const string Whole = """
        {
          "address": "ada@example.org",
          "displayName": "Ada Lovelace",
          "enabled": true,
          "roles": [
            "admin"
          ],
          "verifier": "SCRAM-SHA-256$4096:AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
          "appPasswords": [
            {
              "id": "abcde",
              "name": "phone",
              "verifier": "SCRAM-SHA-256$4096:AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
              "expires": null,
              "networks": [
                "192.0.2.0/24"
              ]
            }
          ],
          "sendAs": [
            "ada@example.org",
            "*@lists.example.org"
          ],
          "targets": [
            "ada@elsewhere.example"
          ],
          "limits": {
            "recipientsPerDay": 1000
          },
          "note": "kept as it is"
        }

        """;

    [Fact]
    public void What_is_read_and_written_is_the_same_to_the_octet()
    {
        List<Fault> faults = [];
        User? user = UserFile.Parse(Encoding.UTF8.GetBytes(Whole.ReplaceLineEndings("\n")), faults);

        Assert.Empty(faults);
        Assert.Equal(Whole.ReplaceLineEndings("\n"), Encoding.UTF8.GetString(UserFile.Write(user!)));
    }

    [Theory]
    [InlineData("{}", "/address")]
    [InlineData("[]", "")]
    [InlineData("{\"address\":\"ada\"}", "/address")]
    [InlineData("{\"address\":\"a@b.c\",\"address\":\"a@b.c\"}", "")]
    [InlineData("{\"address\":\"a@b.c\",\"enabled\":\"yes\"}", "/enabled")]
    [InlineData("{\"address\":\"a@b.c\",\"verifier\":\"plain\"}", "/verifier")]
    [InlineData("{\"address\":\"a@b.c\",\"roles\":[\"Admin\"]}", "/roles/0")]
    [InlineData("{\"address\":\"a@b.c\",\"sendAs\":[\"*@*\"]}", "/sendAs/0")]
    [InlineData("{\"address\":\"a@b.c\",\"targets\":[\"a@b.c\",7]}", "/targets/1")]
    [InlineData("{\"address\":\"a@b.c\",\"limits\":{\"recipientsPerDay\":-1}}", "/limits/recipientsPerDay")]
    [InlineData("{\"address\":\"a@b.c\",\"limits\":{\"recipientsPerYear\":1}}", "/limits/recipientsPerYear")]
    [InlineData("{\"address\":\"a@b.c\",\"displayName\":\"a\\u0000b\"}", "/displayName")]
    [InlineData("{\"address\":\"a@b.c\",\"displayName\":\"\\ud800\"}", "/displayName")]
    [InlineData("{\"address\":\"a@b.c\",\"appPasswords\":[{\"id\":\"x\"}]}", "/appPasswords/0/verifier")]
    [InlineData("{\"address\":\"a@b.c\"", "")]
    public void What_is_wrong_is_named_by_its_pointer(string file, string pointer)
    {
        List<Fault> faults = [];
        Assert.Null(UserFile.Parse(Encoding.UTF8.GetBytes(file), faults));
        Assert.Contains(faults, f => f.Pointer == pointer);
    }

    [Fact]
    public void Mangled_files_are_refused_or_read_but_never_throw()
    {
        byte[] whole = Encoding.UTF8.GetBytes(Whole);
        var random = new Random(11);
        for (int i = 0; i < 3000; i++)
        {
            byte[] mangled = [.. whole.AsSpan(0, random.Next(2) == 0 ? whole.Length : random.Next(whole.Length))];
            for (int flips = random.Next(4); flips > 0 && mangled.Length > 0; flips--)
            {
                mangled[random.Next(mangled.Length)] = (byte)random.Next(256);
            }

            List<Fault> faults = [];
            User? user = UserFile.Parse(mangled, faults);
            Assert.True(user is null == faults.Count > 0, "seed 11, round " + i);
        }
    }

    [Theory]
    [InlineData("ada@example.org", "users/example.org/ada.json")]
    [InlineData("Ada@Example.ORG", "users/example.org/ada.json")]
    [InlineData("\"a/b\"@example.org", "users/example.org/a%2Fb.json")]
    [InlineData("\"..\"@example.org", "users/example.org/%2E..json")]
    [InlineData("\".git\"@example.org", "users/example.org/%2Egit.json")]
    [InlineData("\"a\\\\b\"@example.org", "users/example.org/a%5Cb.json")]
    [InlineData("\"a b\"@example.org", "users/example.org/a%20b.json")]
    [InlineData("a%b@example.org", "users/example.org/a%25b.json")]
    [InlineData("ÄDA@bücher.example", "users/xn--bcher-kva.example/äda.json")]
    public void An_address_has_one_place(string address, string path)
    {
        Assert.True(Addresses.TryCanonical(address, out Ptt.Mail.Mailbox? mailbox));
        Assert.Equal(path, Addresses.FileOf(mailbox));
    }

    [Theory]
    // RFC 7693 Appendix A, and the empty message
    [InlineData("abc", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")]
    [InlineData("", "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce")]
    public void Blake2b_gives_the_digests_of_its_RFC(string message, string digest) =>
        Assert.Equal(digest, Convert.ToHexStringLower(Blake2b.Hash(Encoding.ASCII.GetBytes(message))));

    [Fact]
    public void Blake2b_passes_the_self_test_of_RFC_7693_appendix_E()
    {
        int[] digestLengths = [20, 32, 48, 64], inputLengths = [0, 3, 128, 129, 255, 1024];
        using var all = new MemoryStream();
        foreach (int outlen in digestLengths)
        {
            foreach (int inlen in inputLengths)
            {
                all.Write(Blake2b.Hash(Sequence(inlen, (uint)inlen), outlen));
            }
        }

        // The RFC's own sum goes over keyed digests as well, which we do not make; this is the unkeyed half, as b2sum gives it.
        Assert.Equal(Python(digestLengths, inputLengths), Convert.ToHexStringLower(Blake2b.Hash(all.ToArray(), 32)));
    }

    private static byte[] Sequence(int length, uint seed)
    {
        byte[] output = new byte[length];
        uint a = 0xDEAD4BAD * seed, b = 1;
        for (int i = 0; i < length; i++)
        {
            uint t = a + b;
            (a, b) = (b, t);
            output[i] = (byte)(t >> 24);
        }

        return output;
    }

    private static string Python(int[] digestLengths, int[] inputLengths)
    {
        string script = $$"""
            import hashlib
            def seq(n, s):
                a, b, o = (0xDEAD4BAD * s) & 0xffffffff, 1, bytearray()
                for _ in range(n):
                    t = (a + b) & 0xffffffff; a, b = b, t; o.append(t >> 24)
                return bytes(o)
            all = b''.join(hashlib.blake2b(seq(i, i), digest_size=d).digest() for d in [{{string.Join(',', digestLengths)}}] for i in [{{string.Join(',', inputLengths)}}])
            print(hashlib.blake2b(all, digest_size=32).hexdigest())
            """;
        using var python = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("python3") { ArgumentList = { "-c", script }, RedirectStandardOutput = true })!;
        string output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        return output.Trim();
    }

    [Fact]
    public void The_id_of_a_blob_is_the_one_that_git_gives() =>
        Assert.Equal("257cc5642cb1a054f08cc83f2d943e56fd3ebe99", UserFile.BlobId("foo\n"u8));

    [Fact]
    public void A_verifier_in_a_file_is_one_that_SCRAM_takes() => Assert.True(Secret.IsVerifier(ScramVerifier.Create("pencil", 4096).ToString()));
}
