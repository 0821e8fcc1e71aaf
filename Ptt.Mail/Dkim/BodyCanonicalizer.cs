namespace Ptt.Mail.Dkim;

/// <summary>
/// Turns a body, given in pieces of any size, into its canonical form, in constant memory. Line ends that may turn out to
/// be the trailing ones are counted and held back until something follows them.
/// </summary>
public abstract class BodyCanonicalizer(IOctetSink sink)
{
    private static ReadOnlySpan<byte> ManyLineEnds => "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"u8;

    /// <summary>CRLFs held back: the end of the last line with content, and the empty lines after it.</summary>
    protected long HeldLineEnds { get; set; }

    /// <summary>The last piece ended with a CR that may be half a CRLF.</summary>
    protected bool HeldCr { get; set; }

    /// <summary>Whether anything at all was written to the sink.</summary>
    protected bool HasContent { get; private set; }

    public static BodyCanonicalizer Create(CanonicalizationAlgorithm algorithm, IOctetSink sink) =>
        algorithm == CanonicalizationAlgorithm.Relaxed ? new RelaxedBody(sink) : new SimpleBody(sink);

    public abstract void Write(ReadOnlySpan<byte> octets);

    /// <summary>After the last piece, once.</summary>
    public abstract void Finish();

    protected void Emit(ReadOnlySpan<byte> content)
    {
        for (; HeldLineEnds > 0; HeldLineEnds -= Math.Min(HeldLineEnds, 8))
        {
            sink.Write(ManyLineEnds[..(2 * (int)Math.Min(HeldLineEnds, 8))]);
        }

        sink.Write(content);
        HasContent = true;
    }

    protected void EmitLineEnd() => sink.Write("\r\n"u8);

    /// <summary>Passes on as it is what need not change, and holds the line ends at its end back.</summary>
    protected void EmitUnchanged(ReadOnlySpan<byte> octets)
    {
        if (octets.EndsWith("\r"u8))
        {
            HeldCr = true;
            octets = octets[..^1];
        }

        ReadOnlySpan<byte> content = octets;
        while (content.EndsWith("\r\n"u8))
        {
            content = content[..^2];
        }

        if (!content.IsEmpty)
        {
            Emit(content);
        }

        HeldLineEnds += (octets.Length - content.Length) / 2;
    }
}
