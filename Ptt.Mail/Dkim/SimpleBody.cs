namespace Ptt.Mail.Dkim;

/// <summary>The simple body canonicalization of RFC 6376 §3.4.3: the empty lines at the end become one CRLF, nothing else changes.</summary>
public sealed class SimpleBody(IOctetSink sink) : BodyCanonicalizer(sink)
{
    public override void Write(ReadOnlySpan<byte> octets)
    {
        if (HeldCr && !octets.IsEmpty)
        {
            HeldCr = false;
            if (octets[0] == '\n')
            {
                HeldLineEnds++;
                octets = octets[1..];
            }
            else
            {
                Emit("\r"u8);
            }
        }

        EmitUnchanged(octets);
    }

    public override void Finish()
    {
        if (HeldCr)
        {
            Emit("\r"u8);
        }

        EmitLineEnd();   // §3.4.3: also where there is no body at all
    }
}
