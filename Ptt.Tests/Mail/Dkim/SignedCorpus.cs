using System.Text;
using Ptt.Mail;
using Ptt.Tests.Support;

namespace Ptt.Tests.Mail.Dkim;

/// <summary>Every awkward message, signed twice, as files for other programs to judge; beside them the keys, one name and text to a line.</summary>
internal static class SignedCorpus
{
    public static async Task WriteAsync(string directory, ManualTime time, Func<int, MessageContent, Task<MessageContent>>? then = null)
    {
        Directory.CreateDirectory(Path.Combine(directory, "mail"));
        foreach ((int n, (string name, string text)) in AwkwardMessages.All.Index())
        {
            MessageContent signed = await DkimTestKeys.SignAsync(DkimTestKeys.Message(text), time);
            Assert.Null(await RegularOctets.CheckAsync(signed, default));
            signed = then is null ? signed : await then(n, signed);
            await File.WriteAllBytesAsync(Path.Combine(directory, "mail", name), Encoding.Latin1.GetBytes(await DkimTestKeys.TextAsync(signed)));
        }

        await File.WriteAllLinesAsync(Path.Combine(directory, "keys"),
        [
            $"r1._domainkey.example.org {DkimTestKeys.Rsa.PublicRecord}", $"e1._domainkey.example.org {DkimTestKeys.Ed25519.PublicRecord}",
        ]);
    }
}
