using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ptt.Mail.Dkim;
using Ptt.Web.Keys.Derivation;
using Ptt.Web.Keys.Rings;
using Ptt.Web.Keys.Vault;

namespace Ptt.Web.Verbs;

/// <summary>
/// <c>ptt derive-key SEEDFILE KEYFILE [--bits 2048]</c>: the private key that mirage/ptt derives from its base64 seed, as a PEM to be named in
/// <c>Ptt:Keys:Domains:&lt;domain&gt;:KeyFile</c>. The seed comes from a file: a command line is seen by everyone on the machine.
/// </summary>
internal static class DeriveKeyVerb
{
    public static readonly Verb Verb = new("derive-key", "take over a key that mirage/ptt derived from its seed: derive-key SEEDFILE KEYFILE [--bits 2048|4096]", RunAsync);

    private const int UsualBits = 4096;

    private static async Task<int> RunAsync(VerbCall call)
    {
        string[] words = [.. call.Args.Where(a => !a.StartsWith('-'))];
        int bits = UsualBits;
        int at = Array.IndexOf(call.Args, "--bits");
        if (at >= 0 && (at + 1 >= call.Args.Length || !int.TryParse(call.Args[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out bits)))
        {
            words = [];
        }

        if (words is not [var seedFile, var keyFile, ..] || words.Length != (at >= 0 ? 3 : 2) || bits is not (1024 or 2048 or 3072 or 4096))
        {
            await call.Errors.WriteLineAsync("usage: ptt derive-key SEEDFILE KEYFILE [--bits 1024|2048|3072|4096]   SEEDFILE holds the base64 that was given to --seed");
            return Verb.BadUsage;
        }

        if (File.Exists(keyFile))
        {
            await call.Errors.WriteLineAsync($"{keyFile} is there already; nothing was written.");
            return Verb.Failed;
        }

        byte[] seed;
        try
        {
            seed = Convert.FromBase64String(Padded((await File.ReadAllTextAsync(seedFile)).Trim()));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException)
        {
            await call.Errors.WriteLineAsync(fault is FormatException ? $"{seedFile} does not hold base64." : fault.Message);
            return Verb.Failed;
        }

        using RSA key = DerivedKey.Rsa(seed, bits);
        byte[] pkcs8 = key.ExportPkcs8PrivateKey();
        DurableFile.Write(keyFile, Encoding.ASCII.GetBytes(PrivateKeyForm.ToPem(pkcs8, "")));
        CryptographicOperations.ZeroMemory(pkcs8);
        CryptographicOperations.ZeroMemory(seed);
        await call.Output.WriteLineAsync($"{keyFile} written. Its record, to be compared with the one in DNS:");
        await call.Output.WriteLineAsync(new KeyRecord { KeyType = DkimKeyType.Rsa, PublicKey = key.ExportSubjectPublicKeyInfo() }.ToString());
        await call.Output.WriteLineAsync("Use it with Ptt:Keys:Domains:<domain>:Selector and :KeyFile.");
        return Verb.Done;
    }

    // The other side takes base64 without its padding too.
    private static string Padded(string base64) => base64.TrimEnd('=') is var bare ? bare.PadRight((bare.Length + 3) / 4 * 4, '=') : base64;
}
