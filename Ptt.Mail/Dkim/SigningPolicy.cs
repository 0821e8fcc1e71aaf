using System.Text;
using Ptt.Mail.Headers;

namespace Ptt.Mail.Dkim;

/// <summary>
/// What a signature covers and how long it is good. The default signs every field that a reader sees or acts on, and names
/// those that must not be added later once more than they occur (over-signing). What relays add or remove on the way
/// (Received, Return-Path, Authentication-Results, ARC sets, other signatures) is never signed. There is no l=: what is
/// added to a body must break the signature.
/// </summary>
public sealed record SigningPolicy
{
    public static readonly SigningPolicy Default = new();

    public Canonicalization Canonicalization { get; init; } = Canonicalization.Relaxed;

    /// <summary>Fields of these names are signed, as many as there are; also every name that begins with <c>List-</c>.</summary>
    public IReadOnlyList<string> Signed { get; init; } =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding", "Autocrypt", "OpenPGP", "Feedback-ID", "TLS-Required",
    ];

    /// <summary>Fields of these names are named once more than they occur, absent ones included.</summary>
    public IReadOnlySet<string> OverSigned { get; init; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    };

    /// <summary>From t= to x=; null writes no x=. Longer than the queue keeps a message and its transit together.</summary>
    public TimeSpan? Lifetime { get; init; } = TimeSpan.FromDays(14);

    /// <summary>The names of h= for this header. From is always among them (RFC 6376 §5.4).</summary>
    public List<string> NamesFor(MessageHeader header)
    {
        var names = new List<string>(32);
        Span<byte> octets = stackalloc byte[64];
        foreach (string name in Signed)
        {
            int length = Encoding.ASCII.GetBytes(name, octets);
            for (int left = header.Count(octets[..length]) + (OverSigned.Contains(name) ? 1 : 0); left > 0; left--)
            {
                names.Add(name);
            }
        }

        foreach (ref readonly HeaderField field in header.Fields)
        {
            if (field.Name.Length > 5 && Ascii.EqualsIgnoreCase(field.Name[..5], "List-"u8))
            {
                names.Add(Encoding.ASCII.GetString(field.Name));   // RFC 2369, 2919, 8058
            }
        }

        return names;
    }
}
