using System.Buffers;

namespace Ptt.Mail.Dkim;

/// <summary>
/// The relaxed body canonicalization of RFC 6376 §3.4.4: runs of white space become one space, white space at line ends
/// and empty lines at the end of the body go.
/// </summary>
public sealed class RelaxedBody(IOctetSink sink) : BodyCanonicalizer(sink)
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(" \t\r"u8);

    private bool _heldWsp;

    public override void Write(ReadOnlySpan<byte> octets)
    {
        while ((HeldCr || _heldWsp) && !octets.IsEmpty)
        {
            WriteOne(octets[0]);
            octets = octets[1..];
        }

        if (octets.IsEmpty)
        {
            return;
        }

        // Most mail has nothing to relax. Three vectorised searches cost less than walking the lines.
        if (IsRelaxed(octets))
        {
            WriteRelaxed(octets);
            return;
        }

        while (!octets.IsEmpty)
        {
            int end = octets.IndexOf((byte)'\n') + 1;
            end = end == 0 ? octets.Length : end;
            WriteLine(octets[..end]);
            octets = octets[end..];
        }
    }

    public override void Finish()
    {
        if (HeldCr)
        {
            EmitHeldWsp();
            Emit("\r"u8);
        }

        if (HasContent)
        {
            EmitLineEnd();   // §3.4.4: a body that is not empty ends with CRLF
        }
    }

    private static bool IsRelaxed(ReadOnlySpan<byte> octets) =>
        octets.IndexOf("  "u8) < 0 && octets.IndexOf((byte)'\t') < 0 && octets.IndexOf(" \r"u8) < 0
        && !octets.EndsWith("\r "u8);   // two things to hold: the long way

    private void WriteRelaxed(ReadOnlySpan<byte> octets)
    {
        bool space = octets.EndsWith(" "u8);
        EmitUnchanged(space ? octets[..^1] : octets);
        _heldWsp = space;
    }

    // One line, or what there is of it. Nothing is held at its start but line ends.
    private void WriteLine(ReadOnlySpan<byte> octets)
    {
        if (!HeldCr && !_heldWsp && IsRelaxed(octets))
        {
            WriteRelaxed(octets);
            return;
        }

        while (!octets.IsEmpty)
        {
            if (HeldCr || Special.Contains(octets[0]))
            {
                WriteOne(octets[0]);
                octets = octets[1..];
                continue;
            }

            int plain = octets.IndexOfAny(Special);
            plain = plain < 0 ? octets.Length : plain;
            EmitHeldWsp();
            Emit(octets[..plain]);
            octets = octets[plain..];
        }
    }

    private void WriteOne(byte octet)
    {
        if (HeldCr)
        {
            HeldCr = false;
            if (octet == '\n')
            {
                _heldWsp = false;        // §3.4.4 a: white space at the end of a line is ignored
                HeldLineEnds++;
                return;
            }

            EmitHeldWsp();
            Emit("\r"u8);
        }

        switch (octet)
        {
            case (byte)'\r':
                HeldCr = true;
                break;
            case (byte)' ' or (byte)'\t':
                _heldWsp = true;
                break;
            default:
                EmitHeldWsp();
                Emit([octet]);
                break;
        }
    }

    // §3.4.4 a: a run of white space becomes one space.
    private void EmitHeldWsp()
    {
        if (_heldWsp)
        {
            _heldWsp = false;
            Emit(" "u8);
        }
    }
}
