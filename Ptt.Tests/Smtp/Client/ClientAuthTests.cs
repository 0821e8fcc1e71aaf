using System.Security.Cryptography;
using System.Text;
using Ptt.Smtp.Client;
using Ptt.Smtp.Sasl;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Client;

public sealed class ClientAuthTests
{
    private static readonly TlsPolicy Encrypted = new(TlsDemand.Encrypted, "route");
    private static readonly ClientCredentials Ada = new("ada,=x", "pass wörd");

    private static ScriptedServer Server(string auth, Func<string, string?> on) => new()
    {
        Certificate = Certificates.Server("mx.test"), Extensions = ["AUTH " + auth], On = on,
    };

    [Fact]
    public async Task PLAIN_carries_name_and_password()
    {
        await using ScriptedServer server = Server("LOGIN PLAIN", c => c.StartsWith("AUTH", StringComparison.Ordinal) ? "235 2.7.0 OK" : null);
        await using SmtpClientSession session = Assert.IsType<SessionOpening.Opened>(await ClientHarness.OpenAsync(server, Encrypted, credentials: Ada)).Session;
        Assert.Equal("\0ada,=x\0pass wörd", Encoding.UTF8.GetString(Convert.FromBase64String(server.Commands.Last().Split(' ')[2])));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SCRAM_proves_the_password_without_showing_it_and_wants_the_same_of_the_server(bool honest)
    {
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8];
        ScramVerifier verifier = ScramVerifier.Derive("pass wörd", salt, 4096);
        string clientFirst = "", serverFirst = "";
        int step = 0;
        await using ScriptedServer server = Server("PLAIN SCRAM-SHA-256", c =>
        {
            if (c.StartsWith("AUTH SCRAM-SHA-256 ", StringComparison.Ordinal))
            {
                clientFirst = Encoding.UTF8.GetString(Convert.FromBase64String(c.Split(' ')[2]))[3..];
                serverFirst = $"r={clientFirst.Split("r=")[1]}SERVER,s={Convert.ToBase64String(salt)},i=4096";
                step = 1;
                return "334 " + Convert.ToBase64String(Encoding.UTF8.GetBytes(serverFirst));
            }

            if (step == 1)
            {
                step = 2;
                string final = Encoding.UTF8.GetString(Convert.FromBase64String(c));
                int p = final.LastIndexOf(",p=", StringComparison.Ordinal);
                byte[] message = Encoding.UTF8.GetBytes($"{clientFirst},{serverFirst},{final[..p]}");
                byte[] key = Convert.FromBase64String(final[(p + 3)..]);
                byte[] signature = HMACSHA256.HashData(verifier.StoredKey.Span, message);
                for (int i = 0; i < key.Length; i++)
                {
                    key[i] ^= signature[i];
                }

                Assert.Equal(verifier.StoredKey.ToArray(), SHA256.HashData(key));
                byte[] proof = honest ? HMACSHA256.HashData(verifier.ServerKey.Span, message) : new byte[32];
                return "334 " + Convert.ToBase64String(Encoding.UTF8.GetBytes("v=" + Convert.ToBase64String(proof)));
            }

            return step == 2 && c.Length == 0 ? "235 2.7.0 OK" : step == 2 && c == "*" ? "501 5.7.0 Cancelled" : null;
        });

        SessionOpening opening = await ClientHarness.OpenAsync(server, Encrypted, credentials: Ada);
        Assert.Equal(honest, opening is SessionOpening.Opened);
        Assert.StartsWith("n=ada=2C=3Dx,r=", clientFirst, StringComparison.Ordinal);
        if (opening is SessionOpening.Opened { Session: var session })
        {
            await session.DisposeAsync();
        }
        else
        {
            Assert.Equal((SmtpPhase.Auth, "4.7.8"), (((SessionOpening.Refused)opening).Phase, ((SessionOpening.Refused)opening).Reply.StatusText));
        }
    }

    [Fact]
    public async Task A_password_never_goes_in_the_clear()
    {
        await using var server = new ScriptedServer { Extensions = ["AUTH PLAIN"] };
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server, TlsPolicy.Opportunistic, credentials: Ada));
        Assert.Equal(SmtpPhase.Auth, refused.Phase);
        Assert.DoesNotContain(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_login_that_is_refused_is_for_the_administrator_and_bounces_nothing()
    {
        await using ScriptedServer server = Server("PLAIN", c => c.StartsWith("AUTH", StringComparison.Ordinal) ? "535 5.7.8 Wrong" : null);
        var refused = Assert.IsType<SessionOpening.Refused>(await ClientHarness.OpenAsync(server, Encrypted, credentials: Ada));
        Assert.True(refused.Reply.IsTransient);
        Assert.Contains("535 5.7.8 Wrong", refused.Reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Ada.Password, refused.Reply.Text, StringComparison.Ordinal);
    }
}
