using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Tests.Support;
using Ptt.Web.Access.Factors;
using Ptt.Web.Ui;

namespace Ptt.Tests.Web.Access;

public sealed class SecondFactorTests : IAsyncLifetime
{
    private const string Ada = "ada@example.org";
    private readonly TemporaryDirectory _directory = new();
    private ApiHost _host = null!;

    private SecondFactors Factors => _host.Services.GetRequiredService<SecondFactors>();

    public async Task InitializeAsync() => _host = await StartAsync();

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]   // RFC 6238 appendix B, the last six of its eight digits
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1234567890, "005924")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_the_RFC(long seconds, string code) =>
        Assert.Equal(code, Totp.At(Encoding.ASCII.GetBytes("12345678901234567890"), seconds / 30));

    [Fact]
    public async Task The_codes_of_oathtool_let_in_once_each_and_only_around_their_time()
    {
        TotpOffer offer = Factors.Offer(Ada, "Ptt");
        Assert.False(await Factors.AddTotpAsync(Ada, offer.Sealed, "000000", "phone"));
        Assert.True(await Factors.AddTotpAsync(Ada, offer.Sealed, Oath(offer.Secret), "phone"));
        Assert.IsType<FactorVerdict.Wrong>(await Factors.VerifyAsync(Ada, Oath(offer.Secret)));   // used when it was added

        _host.Time.Advance(TimeSpan.FromSeconds(30));
        string code = Oath(offer.Secret);
        Assert.IsType<FactorVerdict.Accepted>(await Factors.VerifyAsync(Ada, code));
        Assert.IsType<FactorVerdict.Wrong>(await Factors.VerifyAsync(Ada, code));
        string early = Oath(offer.Secret, TimeSpan.FromMinutes(2));
        Assert.IsType<FactorVerdict.Wrong>(await Factors.VerifyAsync(Ada, early));
    }

    [Fact]
    public async Task Guessing_is_slowed_down_more_with_each_failure()
    {
        TotpOffer offer = await AddAppAsync();
        for (int i = 0; i < 3; i++)
        {
            Assert.IsType<FactorVerdict.Wrong>(await Factors.VerifyAsync(Ada, "000000"));
        }

        var first = Assert.IsType<FactorVerdict.Throttled>(await Factors.VerifyAsync(Ada, Oath(offer.Secret)));   // the right one does not count either
        _host.Time.Advance(first.RetryAfter);
        Assert.IsType<FactorVerdict.Wrong>(await Factors.VerifyAsync(Ada, "000000"));
        var second = Assert.IsType<FactorVerdict.Throttled>(await Factors.VerifyAsync(Ada, "000000"));
        Assert.True(second.RetryAfter > first.RetryAfter);
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<FactorVerdict.Accepted>(await Factors.VerifyAsync(Ada, Oath(offer.Secret)));
    }

    [Fact]
    public async Task A_recovery_code_lets_in_once_and_new_ones_end_the_old()
    {
        await AddAppAsync();
        IReadOnlyList<string> codes = await Factors.NewCodesAsync(Ada);
        Assert.Equal(10, codes.Count);
        Assert.IsType<FactorVerdict.Accepted>(await Factors.VerifyAsync(Ada, codes[0].ToLowerInvariant()));
        Assert.IsType<FactorVerdict.Wrong>(await Factors.VerifyAsync(Ada, codes[0]));
        Assert.Equal(9, Factors.CodesLeft(Ada));
        await Factors.NewCodesAsync(Ada);
        Assert.IsType<FactorVerdict.Wrong>(await Factors.VerifyAsync(Ada, codes[1]));
    }

    [Fact]
    public async Task Factors_outlive_a_restart_and_no_secret_lies_open_in_the_file()
    {
        TotpOffer offer = await AddAppAsync();
        IReadOnlyList<string> codes = await Factors.NewCodesAsync(Ada);
        await _host.DisposeAsync();
        SqliteConnection.ClearAllPools();
        string file = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(_directory.Path, "access.db")));
        Assert.DoesNotContain(offer.Secret, file, StringComparison.Ordinal);
        Assert.DoesNotContain(Encoding.Latin1.GetString(Base32(offer.Secret)), file, StringComparison.Ordinal);
        Assert.All(codes, c => Assert.DoesNotContain(c.Replace("-", "", StringComparison.Ordinal), file, StringComparison.Ordinal));

        ManualTime time = _host.Time;
        time.Advance(TimeSpan.FromSeconds(30));
        _host = await StartAsync(time);
        Assert.True(Factors.Has(Ada));
        Assert.IsType<FactorVerdict.Accepted>(await Factors.VerifyAsync(Ada, Oath(offer.Secret)));
    }

    [Fact]
    public async Task An_offer_is_good_for_its_person_only()
    {
        TotpOffer offer = Factors.Offer(Ada, "Ptt");
        Assert.Null(Factors.Again("eve@example.org", "Ptt", offer.Sealed));
        Assert.False(await Factors.AddTotpAsync("eve@example.org", offer.Sealed, Oath(offer.Secret), "phone"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(180)]
    [InlineData(330)]
    [InlineData(620)]
    public void A_QR_code_is_read_by_zbar(int length)
    {
        string text = "otpauth://totp/" + string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i * 7 % 26))));
        QrCode code = QrCode.Of(text)!;
        const int Scale = 4;
        int side = (code.Size + 8) * Scale;
        byte[] pixels = Enumerable.Repeat((byte)255, side * side).ToArray();
        for (int y = 0; y < code.Size * Scale; y++)
        {
            for (int x = 0; x < code.Size * Scale; x++)
            {
                pixels[((y + (4 * Scale)) * side) + x + (4 * Scale)] = code[x / Scale, y / Scale] ? (byte)0 : (byte)255;
            }
        }

        string file = Path.Combine(_directory.Path, "qr.pgm");
        File.WriteAllBytes(file, [.. Encoding.ASCII.GetBytes($"P5 {side} {side} 255\n"), .. pixels]);
        Assert.Equal(text, Run("zbarimg", "-q", "--raw", file));
    }

    private Task<ApiHost> StartAsync(ManualTime? time = null) => ApiHost.StartAsync(
        b => b.Services.AddDataProtection().PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(_directory.Path, "ring"))), directory: _directory.Path, time: time);

    private async Task<TotpOffer> AddAppAsync()
    {
        TotpOffer offer = Factors.Offer(Ada, "Ptt");
        Assert.True(await Factors.AddTotpAsync(Ada, offer.Sealed, Oath(offer.Secret), "phone"));
        _host.Time.Advance(TimeSpan.FromSeconds(30));
        return offer;
    }

    private string Oath(string secret, TimeSpan? later = null) => Run(
        "oathtool", "--totp", "-b", secret, "--now", (_host.Time.GetUtcNow() + (later ?? TimeSpan.Zero)).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture));

    private static byte[] Base32(string text)
    {
        var octets = new List<byte>();
        int held = 0, bits = 0;
        foreach (char c in text)
        {
            held = (held << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal);
            if ((bits += 5) >= 8)
            {
                octets.Add((byte)(held >> (bits -= 8)));
                held &= (1 << bits) - 1;
            }
        }

        return [.. octets];
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} does not start: apt-get install oathtool zbar-tools");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"{program}: {process.StandardError.ReadToEnd()}");
    }
}
