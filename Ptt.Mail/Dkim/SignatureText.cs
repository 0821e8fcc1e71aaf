using System.Text;

namespace Ptt.Mail.Dkim;

/// <summary>The long values of a signature's field, folded where RFC 6376 §3.2 lets white space stand.</summary>
internal static class SignatureText
{
    private const int MaxLine = 76;
    private const int Base64PerLine = 72;

    /// <summary>The value of h=, between colons.</summary>
    public static string Names(IReadOnlyList<string> names)
    {
        var text = new StringBuilder(512);
        int column = 3;
        foreach (string name in names)
        {
            if (text.Length > 0)
            {
                bool fold = column + 1 + name.Length > MaxLine;
                text.Append(fold ? ":\r\n  " : ":");
                column = fold ? 2 : column + 1;
            }

            text.Append(name);
            column += name.Length;
        }

        return text.ToString();
    }

    /// <summary>The value of b= and the end of the field.</summary>
    public static byte[] Folded(byte[] signature)
    {
        string base64 = Convert.ToBase64String(signature);
        var text = new StringBuilder(base64.Length + 32);
        for (int at = 0; at < base64.Length; at += Base64PerLine)
        {
            text.Append(at > 0 ? "\r\n  " : "").Append(base64, at, Math.Min(Base64PerLine, base64.Length - at));
        }

        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }
}
