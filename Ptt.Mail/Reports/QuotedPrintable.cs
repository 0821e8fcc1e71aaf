using System.Globalization;
using System.Text;

namespace Ptt.Mail.Reports;

/// <summary>RFC 2045 §6.7, for our own short texts.</summary>
internal static class QuotedPrintable
{
    public static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length + (text.Length / 4));
        foreach (string line in text.Split("\r\n"))
        {
            int column = 0;
            byte[] octets = Encoding.UTF8.GetBytes(line);
            for (int i = 0; i < octets.Length; i++)
            {
                byte o = octets[i];
                bool asIs = o is >= 33 and <= 126 and not (byte)'=' || (o == ' ' && i + 1 < octets.Length);
                string unit = asIs ? ((char)o).ToString() : string.Create(CultureInfo.InvariantCulture, $"={o:X2}");
                if (column + unit.Length > 75)
                {
                    encoded.Append("=\r\n");
                    column = 0;
                }

                encoded.Append(unit);
                column += unit.Length;
            }

            encoded.Append("\r\n");
        }

        encoded.Length -= 2;        // the last split piece is what follows the final CRLF
        return encoded.ToString();
    }
}
