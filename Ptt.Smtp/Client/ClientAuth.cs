using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ptt.Smtp.Protocol;

namespace Ptt.Smtp.Client;

/// <summary>Logs in to a smart host (RFC 4954 §4): SCRAM-SHA-256 (RFC 7677) where it is offered, else PLAIN (RFC 4616); under TLS or not at all.</summary>
internal static class ClientAuth
{
    /// <summary>Null when it worked.</summary>
    public static async ValueTask<Reply?> LogInAsync(SmtpClientSession session, ClientCredentials credentials)
    {
        IReadOnlyList<string> offered = session.Peer.Auth;
        return session.Tls is null ? ClientReplies.AuthNotOffered
            : offered.Contains("SCRAM-SHA-256") ? await ScramAsync(session, credentials).ConfigureAwait(false)
            : offered.Contains("PLAIN") ? await PlainAsync(session, credentials).ConfigureAwait(false)
            : ClientReplies.AuthNotOffered;
    }

    private static async ValueTask<Reply?> PlainAsync(SmtpClientSession session, ClientCredentials credentials)
    {
        string response = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{credentials.UserName}\0{credentials.Password}"));
        Reply reply = await SayAsync(session, "AUTH PLAIN " + response).ConfigureAwait(false);
        return reply.Code == 235 ? null : Refusal(reply);
    }

    private static async ValueTask<Reply?> ScramAsync(SmtpClientSession session, ClientCredentials credentials)
    {
        const string Header = "n,,";                                                    // RFC 5802 §7: no channel binding
        string user = credentials.UserName.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
        string nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        string clientFirst = $"n={user},r={nonce}";

        Reply challenge = await SayAsync(session, "AUTH SCRAM-SHA-256 " + Base64(Header + clientFirst)).ConfigureAwait(false);
        if (challenge.Code != 334)
        {
            return Refusal(challenge);
        }

        if (!TryDecode(challenge.Text, out string serverFirst) || !TryReadFirst(serverFirst, nonce, out string both, out byte[] salt, out int iterations))
        {
            await SayAsync(session, "*").ConfigureAwait(false);                         // RFC 4954 §4: the client gives up
            return ClientReplies.NotSmtp;
        }

        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(credentials.Password.Normalize(NormalizationForm.FormC)), salt, iterations, HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        string final = $"c={Base64(Header)},r={both}";
        byte[] authMessage = Encoding.UTF8.GetBytes($"{clientFirst},{serverFirst},{final}");
        byte[] proof = HMACSHA256.HashData(SHA256.HashData(clientKey), authMessage);
        for (int i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        Reply last = await SayAsync(session, Base64($"{final},p={Convert.ToBase64String(proof)}")).ConfigureAwait(false);
        if (last.Code != 334)
        {
            return Refusal(last);
        }

        // The server proves that it knows the verifier too (RFC 5802 §3): a server that cannot gets no mail.
        byte[] expected = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), authMessage);
        if (!TryDecode(last.Text, out string serverFinal) || serverFinal != "v=" + Convert.ToBase64String(expected))
        {
            await SayAsync(session, "*").ConfigureAwait(false);
            return new Reply(451, new(7, 8), "The host could not prove that it knows our password");
        }

        Reply done = await SayAsync(session, "").ConfigureAwait(false);
        return done.Code == 235 ? null : Refusal(done);
    }

    private static bool TryReadFirst(string text, string nonce, out string both, out byte[] salt, out int iterations)
    {
        both = "";
        salt = [];
        iterations = 0;
        if (text.Split(',') is not [['r', '=', .. { } r], ['s', '=', .. { } s], ['i', '=', .. { } i], ..]
            || !r.StartsWith(nonce, StringComparison.Ordinal) || r.Length == nonce.Length
            || !int.TryParse(i, NumberStyles.None, CultureInfo.InvariantCulture, out iterations) || iterations is < 4096 or > 1_000_000)
        {
            return false;
        }

        both = r;
        salt = new byte[s.Length];
        bool good = Convert.TryFromBase64String(s, salt, out int length);
        salt = salt[..length];
        return good;
    }

    /// <summary>A password that is refused is for the administrator to mend, not for the sender: the mail waits.</summary>
    private static Reply Refusal(Reply reply) =>
        reply.IsPermanent ? new Reply(451, new(7, 8), $"The smart host refused our login: {reply}") : reply;

    private static ValueTask<Reply> SayAsync(SmtpClientSession session, string line) =>
        session.CommandAsync(line, session.Timeouts.Ehlo, shownAs: "AUTH");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static bool TryDecode(string base64, out string text)
    {
        byte[] octets = new byte[base64.Length];
        bool good = Convert.TryFromBase64String(base64, octets, out int length);
        text = good ? Encoding.UTF8.GetString(octets, 0, length) : "";
        return good;
    }
}
