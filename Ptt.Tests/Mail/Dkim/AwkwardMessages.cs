using System.Globalization;
using System.Text;

namespace Ptt.Tests.Mail.Dkim;

/// <summary>Messages that signers and verifiers stumble over. All are regular octets (CRLF, no NUL) with one From field of example.org.</summary>
internal static class AwkwardMessages
{
    private const string From = "From: Ada <ada@example.org>\r\n";
    private const string Usual = From + "To: grace@example.net\r\nSubject: s\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n";

    /// <summary>Name and Latin-1 text.</summary>
    public static IReadOnlyList<(string Name, string Text)> All { get; } = [.. Bodies(), .. Headers(), .. Random(20)];

    private static IEnumerable<(string, string)> Bodies()
    {
        (string Name, string Body)[] bodies =
        [
            ("no-body", ""), ("one-empty-line", "\r\n"), ("ten-empty-lines", string.Concat(Enumerable.Repeat("\r\n", 10))),
            ("spaces-only", "   \r\n"), ("tabs-only", "\t\t\r\n\t\r\n"), ("one-space", " \r\n"), ("empty-then-text", "\r\n\r\ntext\r\n"),
            ("trailing-empty-lines", "text\r\n\r\n\r\n\r\n"), ("trailing-lines-of-spaces", "text\r\n \r\n\t \r\n"), ("spaces-at-line-ends", "one  \r\ntwo\t\r\nthree \t \r\n"),
            ("spaces-at-line-starts", "  one\r\n\ttwo\r\n \t three\r\n"), ("runs-of-spaces", "a  b   c\t\td \t e\r\n"), ("inner-empty-lines", "a\r\n\r\n\r\nb\r\n"),
            ("inner-lines-of-spaces", "a\r\n \r\n\t\r\nb\r\n"), ("line-of-998", new string('x', 998) + "\r\n"), ("line-of-998-spaces", new string(' ', 998) + "\r\n"),
            ("many-lines-of-998", string.Concat(Enumerable.Repeat(new string('y', 998) + "\r\n", 50))), ("dots", ".\r\n..\r\n...\r\n.a\r\n"),
            ("looks-like-header", "From: eve@example.com\r\nSubject: no\r\n\r\nend\r\n"), ("looks-like-signature", "DKIM-Signature: v=1; a=rsa-sha256; b=\r\n"),
            ("from-line", "From here on\r\n>From there\r\n"), ("latin1", "caf\u00e9 \u00fc\u00df\r\n"), ("utf8", "caf\u00c3\u00a9 \u00e2\u0082\u00ac \u00f0\u009f\u0098\u0080\r\n"),
            ("all-octets", string.Concat(Enumerable.Range(1, 255).Where(o => o is not (10 or 13)).Select(o => (char)o)) + "\r\n"),
            ("controls", "\u0001\u0002\u0007\u0008\u000b\u000c\u001b[31m\u007f\r\n"), ("form-feeds-and-spaces", "a \u000c b\u000b \r\n\u000c\r\n"),
            ("nbsp", "a\u00a0\u00a0b\u00a0\r\n"), ("soft-breaks", "a=20=\r\n b=\r\n=\r\n"), ("format-flowed", "> a \r\n>> b \r\n-- \r\nsig\r\n"),
            ("base64", string.Concat(Enumerable.Repeat("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n", 700))),
            ("200-kb", string.Concat(Enumerable.Range(0, 4000).Select(i => $"line {i}  with\ttabs and   spaces {new string('z', i % 40)} \r\n"))),
            ("empty-lines-5000", "a\r\n" + string.Concat(Enumerable.Repeat("\r\n", 5000)) + "b\r\n" + string.Concat(Enumerable.Repeat("\r\n", 5000))),
            ("space-at-64k", new string('a', 500) + "\r\n" + string.Concat(Enumerable.Repeat("b c \r\n", 11000)) + " \r\n"),
        ];
        return bodies.Select(b => ("body-" + b.Name, Usual + "\r\n" + b.Body));
    }

    private static IEnumerable<(string, string)> Headers()
    {
        (string Name, string Header)[] headers =
        [
            ("from-only", From), ("no-subject", From + "To: a@b.example\r\n"), ("empty-subject", From + "Subject:\r\n"), ("empty-subject-space", From + "Subject: \r\n"),
            ("folded-subject", From + "Subject: one\r\n two\r\n\tthree\r\n"), ("folded-at-colon", From + "Subject:\r\n late\r\n"),
            ("folds-of-nothing", From + "Subject: a\r\n \r\n\t\r\n b\r\n"), ("trailing-fold", From + "Subject: a\r\n \r\n"),
            ("tabs", From + "Subject:\ttab\t\ttab\t\r\n"), ("many-spaces", From + "Subject:    a    b    \r\n"), ("no-space", "From:ada@example.org\r\nSubject:x\r\n"),
            ("case-of-names", "FROM: ada@example.org\r\nsUBJECT: x\r\nmessage-id: <a@b>\r\nMime-version: 1.0\r\n"), ("colons", From + "Subject: Re: a: b:: c\r\n"),
            ("two-subjects", From + "Subject: one\r\nSubject: two\r\n"), ("three-to", From + "To: a@b.example\r\nTo: c@d.example\r\nTo: e@f.example\r\n"),
            ("equal-fields", From + "To: a@b.example\r\nTo: a@b.example\r\n"), ("split-duplicates", From + "Cc: a@b.example\r\nSubject: x\r\nCc: c@d.example\r\n"),
            ("many-received", string.Concat(Enumerable.Range(0, 40).Select(i => $"Received: from h{i} by h{i + 1}; x\r\n")) + From),
            ("long-references", From + "References: " + string.Join("\r\n ", Enumerable.Range(0, 200).Select(i => $"<{i}@example.org>")) + "\r\n"),
            ("long-line-in-header", From + "Subject: " + new string('s', 980) + "\r\n"), ("many-recipients", From + "To: " + string.Join(",\r\n\t", Enumerable.Range(0, 300).Select(i => $"u{i}@example.net")) + "\r\n"),
            ("utf8-header", From + "Subject: caf\u00c3\u00a9 \u00e2\u0082\u00ac\r\n"), ("latin1-header", From + "Subject: caf\u00e9\r\n"), ("encoded-words", From + "Subject: =?utf-8?Q?caf=C3=A9?=\r\n =?utf-8?B?4oKs?=\r\n"),
            ("quoted-from", "From: \"A;d:a \\\"x\\\"\" (c(c)) <ada@example.org>\r\n"), ("folded-from", "From: Ada\r\n  Lovelace\r\n\t<ada@example.org>\r\n"),
            ("all-signed-fields", Usual + "Sender: a@example.org\r\nReply-To: r@example.org\r\nCc: c@d.example\r\nIn-Reply-To: <x@y>\r\nReferences: <x@y>\r\nMIME-Version: 1.0\r\n"
                + "Content-Type: text/plain;\r\n charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nList-Id: <l.example.org>\r\nList-Unsubscribe: <mailto:u@example.org>\r\n"
                + "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nAutocrypt: addr=a\r\nOpenPGP: id=1\r\nFeedback-ID: a:b:c\r\nTLS-Required: No\r\n"),
            ("two-list-fields", From + "List-Post: <a>\r\nList-Help: <b>\r\nList-Post: <c>\r\n"), ("odd-names", From + "X-!#$%&'*+-/=?^_`{|}~.: y\r\nX: z\r\n"),
            ("old-signature", "DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; bh=AAAA; b=AAAA\r\n" + From), ("semicolons", From + "Subject: ;;; b=; bh=;\r\n"),
            ("multipart", Usual + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"=_x\"\r\n"), ("bcc-and-return-path", "Return-Path: <x@y>\r\n" + From + "Bcc: secret@example.org\r\n"),
        ];
        return headers.Select(h => ("header-" + h.Name, h.Header + "\r\n--=_x\r\nbody  of \t it\r\n--=_x--\r\n"));
    }

    private static IEnumerable<(string, string)> Random(int count)
    {
        var random = new Random(6376);
        string[] names = ["To", "Cc", "subject", "Date", "X-A", "References", "List-Id", "MIME-Version", "Comments", "Reply-To"];
        string Soup(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "ab \t;:=<>@,\"-_.\u00e9"[random.Next(16)]));
        for (int i = 0; i < count; i++)
        {
            var text = new StringBuilder();
            int at = random.Next(8);
            for (int f = 0; f < 8; f++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{names[random.Next(names.Length)]}:{Soup(random.Next(30))}x\r\n");
                text.Append(random.Next(3) == 0 ? $" {Soup(random.Next(20))}\r\n" : "").Append(f == at ? From : "");
            }

            text.Append("\r\n");
            for (int l = random.Next(30); l > 0; l--)
            {
                text.Append(Soup(random.Next(4) == 0 ? 0 : random.Next(80))).Append("\r\n");
            }

            yield return ($"random-{i:00}", text.ToString());
        }
    }
}
