using System.Buffers;
using System.Text;
using Ptt.Mail.Dkim;

namespace Ptt.Tests.Mail.Dkim;

public sealed class CanonicalizationTests
{
    // RFC 6376 §3.4.5, the examples, and the corners of §3.4.3 and §3.4.4. In the left column _ is a space, T a tab, / a CRLF.
    [Theory]
    [InlineData("_C_/D_T_E///", "_C/D_E/", "_C_/D_T_E/")]      // §3.4.5
    [InlineData("", "", "/")]
    [InlineData("/", "", "/")]
    [InlineData("///", "", "/")]
    [InlineData("a", "a/", "a/")]
    [InlineData("a/", "a/", "a/")]
    [InlineData("a///", "a/", "a/")]
    [InlineData("//a", "//a/", "//a/")]
    [InlineData("a//b/", "a//b/", "a//b/")]
    [InlineData("a_/_/T/", "a/", "a_/_/T/")]                   // lines of white space are empty lines once relaxed
    [InlineData("a/__", "a/", "a/__/")]
    [InlineData("__a", "_a/", "__a/")]
    [InlineData("_T_/b", "/b/", "_T_/b/")]
    [InlineData("aRb/", "aRb/", "aRb/")]                       // a bare CR is content
    [InlineData("aNb/", "aNb/", "aNb/")]                       // so is a bare LF
    [InlineData("aR", "aR/", "aR/")]
    [InlineData("aR_/", "aR/", "aR_/")]
    [InlineData("a_R_b", "a_R_b/", "a_R_b/")]
    [InlineData("RR/", "RR/", "RR/")]
    [InlineData("R/N", "R/N/", "R/N/")]
    [InlineData("_/a__b_/c/_//", "/a_b/c/", "_/a__b_/c/_/")]
    public void Bodies_are_canonical(string body, string relaxed, string simple)
    {
        Assert.Equal(relaxed, Show(Body(CanonicalizationAlgorithm.Relaxed, [Read(body)])));
        Assert.Equal(simple, Show(Body(CanonicalizationAlgorithm.Simple, [Read(body)])));
    }

    [Fact]
    public void However_a_body_is_cut_its_form_is_the_same()
    {
        var random = new Random(6376);
        for (int i = 0; i < 3000; i++)
        {
            byte[] body = Read(new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => "abc__T//RN"[random.Next(10)])]));
            foreach (CanonicalizationAlgorithm algorithm in Enum.GetValues<CanonicalizationAlgorithm>())
            {
                string expected = Show(algorithm == CanonicalizationAlgorithm.Relaxed ? SlowRelaxed(body) : SlowSimple(body));
                Assert.Equal(expected, Show(Body(algorithm, [body])));
                Assert.Equal(expected, Show(Body(algorithm, body.Chunk(1))));
                Assert.Equal(expected, Show(Body(algorithm, body.Chunk(1 + random.Next(7)))));
            }
        }
    }

    [Theory]
    [InlineData("A", " X\r\n", "a:X")]                                        // §3.4.5
    [InlineData("B ", " Y\t\r\n\tZ  \r\n", "b :Y Z")]                         // the name comes without the space that §3.4.2 drops
    [InlineData("SubJect", "\r\n  folded\r\n\t \r\n twice ", "subject:folded twice")]
    [InlineData("X", "", "x:")]
    [InlineData("X", "   ", "x:")]
    [InlineData("X", " a\rb", "x:a\rb")]
    [InlineData("X", " a\nb ", "x:a\nb")]
    [InlineData("X", "a  b\t\tc \t d", "x:a b c d")]
    public void Fields_are_relaxed(string name, string value, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        RelaxedHeader.Write(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value), output);
        Assert.Equal(expected, Encoding.ASCII.GetString(output.WrittenSpan));
    }

    private static byte[] Body(CanonicalizationAlgorithm algorithm, IEnumerable<byte[]> pieces)
    {
        var sink = new Collected();
        BodyCanonicalizer canonicalizer = BodyCanonicalizer.Create(algorithm, sink);
        foreach (byte[] piece in pieces)
        {
            canonicalizer.Write(piece);
        }

        canonicalizer.Finish();
        return [.. sink.Octets];
    }

    // The RFC's words, one after the other, on a whole string.
    private static byte[] SlowRelaxed(byte[] body)
    {
        string[] lines = Encoding.Latin1.GetString(body).Split("\r\n");
        for (int i = 0; i < lines.Length; i++)
        {
            lines[i] = string.Join(' ', lines[i].Split(' ', '\t') switch
            {
                var words => words.Where((w, n) => w.Length > 0 || n == 0),
            });
        }

        string text = string.Join("\r\n", lines).TrimEndOf("\r\n");
        return Encoding.Latin1.GetBytes(text.Length == 0 ? "" : text + "\r\n");
    }

    private static byte[] SlowSimple(byte[] body) => Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(body).TrimEndOf("\r\n") + "\r\n");

    private static byte[] Read(string picture) => Encoding.ASCII.GetBytes(string.Concat(picture.Select(c => c switch
    {
        '_' => " ", 'T' => "\t", '/' => "\r\n", 'R' => "\r", 'N' => "\n", _ => c.ToString(),
    })));

    private static string Show(byte[] octets) => Encoding.ASCII.GetString(octets)
        .Replace("\r\n", "/").Replace(' ', '_').Replace('\t', 'T').Replace('\r', 'R').Replace('\n', 'N');

    private sealed class Collected : IOctetSink
    {
        public List<byte> Octets { get; } = [];

        public void Write(ReadOnlySpan<byte> octets) => Octets.AddRange(octets);
    }
}

internal static class TrimmingExtensions
{
    public static string TrimEndOf(this string text, string end)
    {
        while (text.EndsWith(end, StringComparison.Ordinal))
        {
            text = text[..^end.Length];
        }

        return text;
    }
}
