using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Ptt.Smtp.Transport;

namespace Ptt.Smtp.Sasl;

/// <summary>
/// SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677). The user name leads to a verifier even when there is no such user, so that the
/// exchange looks the same to the end; only there is it refused.
/// </summary>
internal sealed class ScramExchange(IAuthenticator authenticator, IPAddress client, TlsFacts tls, bool plus, string? fixedNonce = null) : AuthExchange
{
    private const int MaxMessage = 4096;

    private string _userName = "";
    private string _gs2Header = "";
    private string? _bindingType;
    private string _nonce = "";
    private string _clientFirstBare = "";
    private string _serverFirst = "";
    private ScramVerifier? _verifier;
    private AuthVerdict? _verdict;

    public override bool ClientFirst => true;

    public override async ValueTask<AuthStep> StepAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
    {
        if (response is not { Length: <= MaxMessage } octets || !Utf8.IsValid(octets.Span))
        {
            return new AuthStep.Malformed();
        }

        if (_verdict is not null)
        {
            // RFC 4954 §4: success carries no data in SMTP, so the server's signature was a challenge and this must be empty.
            return octets.IsEmpty ? new AuthStep.Done(_verdict) : new AuthStep.Malformed();
        }

        string message = Encoding.UTF8.GetString(octets.Span);
        return _verifier is null ? await FirstAsync(message, cancellationToken) : await FinalAsync(message, cancellationToken);
    }

    // client-first-message = gs2-cbind-flag "," [a=authzid] "," [m=…,] n=user ",r=" nonce [extensions]
    private async ValueTask<AuthStep> FirstAsync(string message, CancellationToken cancellationToken)
    {
        int flagEnd = message.IndexOf(',');
        int headerEnd = flagEnd < 0 ? -1 : message.IndexOf(',', flagEnd + 1);
        if (headerEnd < 0)
        {
            return new AuthStep.Malformed();
        }

        string flag = message[..flagEnd];
        string authzid = message[(flagEnd + 1)..headerEnd];
        _gs2Header = message[..(headerEnd + 1)];
        _clientFirstBare = message[(headerEnd + 1)..];
        string[] attributes = _clientFirstBare.Split(',');

        // §5.1: "m=" is a mandatory extension, and we know none; then n and r in this order.
        if (attributes.Length < 2 || !attributes[0].StartsWith("n=", StringComparison.Ordinal) || !attributes[1].StartsWith("r=", StringComparison.Ordinal)
            || !TryName(attributes[0][2..], out _userName) || attributes[1].Length is < 10 or > 1024 || !IsPrintable(attributes[1].AsSpan(2)))
        {
            return new AuthStep.Malformed();
        }

        string actFor = "";
        if (authzid.Length > 0 && (!authzid.StartsWith("a=", StringComparison.Ordinal) || !TryName(authzid[2..], out actFor)))
        {
            return new AuthStep.Malformed();
        }

        switch (flag)
        {
            case "n" when !plus:
                break;
            case "y" when !plus && tls is { ServerCertificate: null, Exporter: null }:
                break;
            case "y":
                return new AuthStep.Downgraded();
            case ['p', '=', .. var type] when plus:
                _bindingType = type;
                break;
            default:
                return new AuthStep.Malformed();
        }

        if (_bindingType is not null && ChannelBinding.Of(_bindingType, tls) is null)
        {
            return new AuthStep.Malformed();                               // §6: a type that we do not support
        }

        if (authzid.Length > 0 && !string.Equals(actFor, _userName, StringComparison.OrdinalIgnoreCase))
        {
            _userName = "\u0001" + _userName;                              // nobody has such a name: refused at the end, like any other
        }

        _verifier = await authenticator.GetScramVerifierAsync(_userName, client, cancellationToken);
        _nonce = attributes[1][2..] + (fixedNonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18)));
        _serverFirst = string.Create(CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(_verifier.Salt.Span)},i={_verifier.Iterations}");
        return new AuthStep.Challenge(Encoding.UTF8.GetBytes(_serverFirst));
    }

    // client-final-message = c=channel-binding ",r=" nonce [extensions] ",p=" proof
    private async ValueTask<AuthStep> FinalAsync(string message, CancellationToken cancellationToken)
    {
        int proofAt = message.LastIndexOf(",p=", StringComparison.Ordinal);
        string[] attributes = proofAt < 0 ? [] : message[..proofAt].Split(',');
        byte[] proof = new byte[32];
        if (attributes.Length < 2 || !attributes[0].StartsWith("c=", StringComparison.Ordinal) || !attributes[1].StartsWith("r=", StringComparison.Ordinal)
            || !Convert.TryFromBase64String(message[(proofAt + 3)..], proof, out int length) || length != proof.Length)
        {
            return new AuthStep.Malformed();
        }

        byte[] expected = [.. Encoding.UTF8.GetBytes(_gs2Header), .. _bindingType is null ? default : ChannelBinding.Of(_bindingType, tls)!.Value.Span];
        bool bound = CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(attributes[0][2..]), Encoding.ASCII.GetBytes(Convert.ToBase64String(expected)));
        bool sameNonce = attributes[1][2..] == _nonce;

        // §3: AuthMessage, ClientSignature, ClientKey = ClientProof XOR ClientSignature, H(ClientKey) = StoredKey.
        byte[] authMessage = Encoding.UTF8.GetBytes($"{_clientFirstBare},{_serverFirst},{message[..proofAt]}");
        byte[] clientKey = HMACSHA256.HashData(_verifier!.StoredKey.Span, authMessage);
        for (int i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] ^= proof[i];
        }

        bool fits = CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), _verifier.StoredKey.Span);
        AuthVerdict verdict = await authenticator.CompleteScramAsync(_userName, fits && bound && sameNonce ? _verifier : null, client, cancellationToken);
        if (verdict is not AuthVerdict.Accepted)
        {
            return new AuthStep.Done(verdict);
        }

        _verdict = verdict;
        byte[] signature = HMACSHA256.HashData(_verifier.ServerKey.Span, authMessage);
        return new AuthStep.Challenge(Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(signature)));
    }

    // saslname: "=2C" is a comma, "=3D" an equals sign, and no other "=" may stand.
    private static bool TryName(string encoded, out string name)
    {
        name = encoded.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        string rest = encoded.Replace("=2C", "", StringComparison.Ordinal).Replace("=3D", "", StringComparison.Ordinal);
        return encoded.Length > 0 && !rest.Contains('=', StringComparison.Ordinal) && !encoded.Contains('\0', StringComparison.Ordinal);
    }

    private static bool IsPrintable(ReadOnlySpan<char> nonce) => nonce.IndexOfAnyExceptInRange('!', '~') < 0;
}
