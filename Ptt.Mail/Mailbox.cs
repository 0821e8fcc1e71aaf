using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Ptt.Dns;

namespace Ptt.Mail;

/// <summary>
/// An address that mail can go to (RFC 5321 §4.1.2): a local part at a domain or at an address literal. Exactly one of
/// <see cref="Domain"/> and <see cref="Literal"/> says where; with a literal the domain is the root.
/// </summary>
public sealed record Mailbox(LocalPart LocalPart, DomainName Domain, IPAddress? Literal = null)
{
    public bool IsInternationalized => LocalPart.IsInternationalized;

    /// <summary>What stands behind the at sign: A-labels, or <c>[192.0.2.1]</c>, <c>[IPv6:2001:db8::1]</c>.</summary>
    public string DomainText => Literal switch
    {
        null => Domain.ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => $"[IPv6:{Literal}]",
        _ => $"[{Literal}]",
    };

    public static Mailbox Parse(string text) =>
        TryParse(text, out Mailbox? mailbox) ? mailbox : throw new FormatException($"'{text}' is not a mail address.");

    /// <summary>Takes the form without angle brackets; the local part may be quoted. No comments, no source route.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        if (string.IsNullOrEmpty(text) || text.Length > 512 || !TrySplit(text, out string local, out string domain)
            || !LocalPart.TryCreate(local, out LocalPart localPart))
        {
            return false;
        }

        if (domain is ['[', .., ']'])
        {
            string inner = domain[1..^1];
            bool v6 = inner.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase);
            if (!IPAddress.TryParse(v6 ? inner[5..] : inner, out IPAddress? address)
                || (address.AddressFamily == AddressFamily.InterNetworkV6) != v6
                || (!v6 && inner.Count(c => c == '.') != 3) || inner.Contains('%', StringComparison.Ordinal))
            {
                return false;
            }

            mailbox = new Mailbox(localPart, DomainName.Root, address);
            return true;
        }

        if (domain.EndsWith('.') || !DomainName.TryParse(domain, out DomainName name) || name.IsRoot
            || domain.Contains('*', StringComparison.Ordinal))
        {
            return false;
        }

        mailbox = new Mailbox(localPart, name);
        return true;
    }

    public override string ToString() => $"{LocalPart}@{DomainText}";

    private static bool TrySplit(string text, out string local, out string domain)
    {
        local = domain = "";
        if (text[0] != '"')
        {
            int at = text.LastIndexOf('@');
            if (at <= 0)
            {
                return false;
            }

            local = text[..at];
            domain = text[(at + 1)..];
            // An unquoted local part is a Dot-string: its wire form is itself.
            return LocalPart.TryCreate(local, out LocalPart asIs) && asIs.ToString() == local;
        }

        var unquoted = new System.Text.StringBuilder();
        for (int i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when i + 1 < text.Length && text[i + 1] is >= ' ' and <= '~':
                    unquoted.Append(text[++i]);
                    break;
                case '\\':
                    return false;
                case '"':
                    local = unquoted.ToString();
                    domain = i + 2 < text.Length && text[i + 1] == '@' ? text[(i + 2)..] : "";
                    return domain.Length > 0;
                default:
                    unquoted.Append(text[i]);
                    break;
            }
        }

        return false;
    }
}
