using System.Security.Cryptography;
using System.Text;
using Ptt.Dns;
using Ptt.Mail;
using Ptt.Mail.Dkim;
using Ptt.Mail.Headers;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Dkim;

/// <summary>One RSA and one Ed25519 key of example.org, and the DNS that shows them.</summary>
internal static class DkimTestKeys
{
    public static readonly RsaDkimKey Rsa = new(DomainName.Parse("example.org"), "r1", RSA.Create(2048));

    public static readonly Ed25519DkimKey Ed25519 = Ed25519DkimKey.FromSeed(DomainName.Parse("example.org"), "e1", SHA256.HashData("seed"u8));

    public static IReadOnlyList<IDkimKey> Both => [Rsa, Ed25519];

    public static StaticResolver Dns => new(Record("r1", Rsa.PublicRecord), Record("e1", Ed25519.PublicRecord));

    public static string Record(string selector, KeyRecord record) => $"{selector}._domainkey.example.org TXT {Txt(record.ToString())}";

    /// <summary>As a zone file writes it: strings of 255 octets at most.</summary>
    public static string Txt(string text) => string.Join(' ', text.Chunk(255).Select(c => $"\"{new string(c)}\""));

    public static MessageContent Message(string text) => MessageContent.FromMemory(Encoding.Latin1.GetBytes(text));

    public static async Task<MessageContent> SignAsync(
        MessageContent content, ManualTime time, IReadOnlyList<IDkimKey>? keys = null, SigningPolicy? policy = null)
    {
        MessageHeader header = ((HeaderReading.Read)await MessageHeader.ReadAsync(content, default)).Header;
        byte[] fields = await new DkimSigner(policy ?? SigningPolicy.Default, time).SignAsync(content, header, keys ?? Both, default);
        return content.WithFront(fields);
    }

    public static async Task<string> TextAsync(MessageContent content)
    {
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, default);
        return Encoding.Latin1.GetString(copy.ToArray());
    }
}
