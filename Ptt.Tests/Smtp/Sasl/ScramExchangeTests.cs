using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ptt.Mail;
using Ptt.Smtp.Sasl;
using Ptt.Smtp.Transport;
using Ptt.Tests.Support;

namespace Ptt.Tests.Smtp.Sasl;

public sealed class ScramExchangeTests : IAuthenticator
{
    private static readonly TlsFacts NoBinding = new() { Description = "", IsTls13 = true };
    private static readonly TlsFacts Binding = NoBinding with { ServerCertificate = TestCertificate.Shared.Certificate, Exporter = new byte[32] };

    private ScramVerifier _verifier = ScramVerifier.Derive("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    private bool? _proven;

    // RFC 7677 §3.
    [Fact]
    public async Task The_example_of_RFC_7677_runs_as_printed()
    {
        var exchange = new ScramExchange(this, IPAddress.Loopback, NoBinding, plus: false, fixedNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        Assert.Equal("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            await ChallengeAsync(exchange, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
            await ChallengeAsync(exchange, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        Assert.IsType<AuthVerdict.Accepted>(Assert.IsType<AuthStep.Done>(await exchange.StepAsync(default(ReadOnlyMemory<byte>), CancellationToken.None)).Verdict);
    }

    [Theory]
    [InlineData("n,,n=user,r=abcdefgh", true)]
    [InlineData("n,a=user,n=user,r=abcdefgh", true)]
    [InlineData("n,,n=us=2Cer,r=abcdefgh,x=extension", true)]
    [InlineData("n,,n=us=er,r=abcdefgh", false)]
    [InlineData("n,,m=1,n=user,r=abcdefgh", false)]
    [InlineData("n,,n=user", false)]
    [InlineData("n,,n=,r=abcdefgh", false)]
    [InlineData("n,,n=user,r=ab cdefgh", false)]
    [InlineData("n,b=user,n=user,r=abcdefgh", false)]
    [InlineData("x,,n=user,r=abcdefgh", false)]
    [InlineData("p=tls-unique,,n=user,r=abcdefgh", false)]
    [InlineData("", false)]
    [InlineData(",", false)]
    public async Task A_first_message_has_its_form(string message, bool good)
    {
        AuthStep step = await new ScramExchange(this, IPAddress.Loopback, NoBinding, plus: false).StepAsync(Encoding.UTF8.GetBytes(message), CancellationToken.None);
        Assert.Equal(good, step is AuthStep.Challenge);
    }

    [Theory]
    [InlineData("tls-exporter")]
    [InlineData("tls-server-end-point")]
    public async Task A_binding_that_fits_is_accepted_and_another_is_not(string type)
    {
        byte[] right = type == "tls-exporter" ? new byte[32] : SHA256.HashData(TestCertificate.Shared.Certificate.RawData);
        Assert.True(await RunAsync(Binding, plus: true, $"p={type},,", right));
        Assert.False(await RunAsync(Binding, plus: true, $"p={type},,", RandomNumberGenerator.GetBytes(32)));
        Assert.False(await RunAsync(Binding, plus: true, $"p={type},,", []));
    }

    [Fact]
    public async Task A_client_that_was_told_of_no_channel_binding_was_told_so_by_somebody_else() =>
        Assert.IsType<AuthStep.Downgraded>(await new ScramExchange(this, IPAddress.Loopback, Binding, plus: false).StepAsync("y,,n=user,r=abcdefgh"u8.ToArray(), CancellationToken.None));

    [Fact]
    public async Task Acting_for_another_is_refused() => Assert.False(await RunAsync(NoBinding, plus: false, "n,a=eve,", []));

    [Fact]
    public async Task A_wrong_password_is_refused_at_the_end_and_not_before()
    {
        _verifier = ScramVerifier.Create("other", 4096);
        Assert.False(await RunAsync(NoBinding, plus: false, "n,,", []));
        Assert.False(_proven);
    }

    [Fact]
    public async Task Whatever_a_client_says_is_a_step_and_never_an_exception()
    {
        const int seed = 5802;
        var random = new Random(seed);
        string[] messages = ["n,,n=user,r=abcdefgh", "c=biws,r=abcdefgh,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "y,a=x,n=,r="];
        for (int i = 0; i < 3_000; i++)
        {
            var exchange = new ScramExchange(this, IPAddress.Loopback, Binding, plus: random.Next(2) == 0);
            for (int turn = 0; turn < 3; turn++)
            {
                byte[] message = Encoding.UTF8.GetBytes(messages[random.Next(messages.Length)]);
                for (int flips = random.Next(3); flips > 0; flips--)
                {
                    message[random.Next(message.Length)] = (byte)random.Next(256);
                }

                if (await exchange.StepAsync(message.AsMemory(0, random.Next(2) == 0 ? message.Length : random.Next(message.Length)), CancellationToken.None) is not AuthStep.Challenge)
                {
                    break;
                }
            }
        }
    }

    public ValueTask<AuthVerdict> VerifyPasswordAsync(string userName, string password, IPAddress client, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<ScramVerifier> GetScramVerifierAsync(string userName, IPAddress client, CancellationToken cancellationToken) => ValueTask.FromResult(_verifier);

    public ValueTask<AuthVerdict> CompleteScramAsync(string userName, ScramVerifier? proven, IPAddress client, CancellationToken cancellationToken)
    {
        _proven = proven is not null;
        return ValueTask.FromResult<AuthVerdict>(proven is not null && userName is "user" or "us,er" ? new AuthVerdict.Accepted(new Login { Address = Mailbox.Parse("user@example.test") }) : new AuthVerdict.Refused());
    }

    public bool IsCurrent(Login login) => true;

    // A whole client, for "user" with the password "pencil".
    private async Task<bool> RunAsync(TlsFacts tls, bool plus, string gs2Header, byte[] binding)
    {
        var exchange = new ScramExchange(this, IPAddress.Loopback, tls, plus);
        string serverFirst = await ChallengeAsync(exchange, gs2Header + "n=user,r=abcdefgh");
        string[] parts = serverFirst.Split(',');
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2("pencil"u8, Convert.FromBase64String(parts[1][2..]), int.Parse(parts[2][2..]), HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        string withoutProof = $"c={Convert.ToBase64String([.. Encoding.UTF8.GetBytes(gs2Header), .. binding])},{parts[0]}";
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(clientKey), Encoding.UTF8.GetBytes($"n=user,r=abcdefgh,{serverFirst},{withoutProof}"));
        string proof = Convert.ToBase64String([.. clientKey.Select((k, i) => (byte)(k ^ signature[i]))]);
        return await exchange.StepAsync(Encoding.UTF8.GetBytes($"{withoutProof},p={proof}"), CancellationToken.None) is AuthStep.Challenge;
    }

    private static async Task<string> ChallengeAsync(AuthExchange exchange, string message) =>
        Encoding.UTF8.GetString(Assert.IsType<AuthStep.Challenge>(await exchange.StepAsync(Encoding.UTF8.GetBytes(message), CancellationToken.None)).Octets.Span);
}
