using System.Runtime.InteropServices;
using System.Text;

namespace Ptt.Mail.Headers;

/// <summary>One mailbox of an address list. The display name is as written, quotes removed, encoded words not decoded; empty when there is none.</summary>
public sealed record NamedMailbox(string DisplayName, Mailbox Address)
{
    /// <summary>The group that it stands in (RFC 5322 §3.4); null outside of groups.</summary>
    public string? Group { get; init; }
}

/// <summary>
/// mailbox-list and address-list of RFC 5322 §3.4, with UTF-8 by RFC 6532. Comments, folding, groups, quoted strings and
/// empty list members are understood; source routes (§4.4 obs-route) are not, because readers disagree on whose address
/// such a thing is.
/// </summary>
public sealed class AddressList
{
    private readonly List<NamedMailbox> _mailboxes = [];

    private AddressList()
    {
    }

    /// <summary>In order, those in groups among them.</summary>
    public IReadOnlyList<NamedMailbox> Mailboxes => _mailboxes;

    /// <summary>Takes the raw value of a field. False when any part of it is not an address: half a list helps nobody.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out AddressList list)
    {
        list = new AddressList();
        return AddressToken.TryRead(Unfolding.ToText(value), out List<AddressToken> tokens) && list.ReadAll(tokens);
    }

    private bool ReadAll(List<AddressToken> tokens)
    {
        int at = 0;
        string? group = null;
        while (at < tokens.Count)
        {
            if (tokens[at].IsSpecial(','))
            {
                at++;                                   // §4.4 obs-addr-list: members may be empty
                continue;
            }

            if (tokens[at].IsSpecial(';') && group is not null)
            {
                group = null;
                at++;
                if (at < tokens.Count && !tokens[at].IsSpecial(','))
                {
                    return false;
                }

                continue;
            }

            int words = at;
            while (at < tokens.Count && (tokens[at].IsWord || tokens[at].IsSpecial('.')))
            {
                at++;
            }

            ReadOnlySpan<AddressToken> phrase = CollectionsMarshal.AsSpan(tokens)[words..at];
            switch (at < tokens.Count ? tokens[at].Special : '\0')
            {
                case ':' when group is null && phrase.Length > 0:
                    group = Phrase(phrase);
                    at++;
                    continue;
                case '@':
                    if (!TryAddress(phrase, tokens, ref at, "", group))
                    {
                        return false;
                    }

                    break;
                case '<':
                    if (!TryAngle(Phrase(phrase), tokens, ref at, group))
                    {
                        return false;
                    }

                    break;
                default:
                    return false;
            }

            if (at < tokens.Count && !tokens[at].IsSpecial(',') && !(tokens[at].IsSpecial(';') && group is not null))
            {
                return false;
            }
        }

        return group is null;
    }

    private bool TryAngle(string displayName, List<AddressToken> tokens, ref int at, string? group)
    {
        int words = ++at;
        while (at < tokens.Count && (tokens[at].IsWord || tokens[at].IsSpecial('.')))
        {
            at++;
        }

        ReadOnlySpan<AddressToken> local = CollectionsMarshal.AsSpan(tokens)[words..at];
        return at < tokens.Count && tokens[at].IsSpecial('@') && TryAddress(local, tokens, ref at, displayName, group)
            && at < tokens.Count && tokens[at++].IsSpecial('>');
    }

    // addr-spec (§3.4.1); at stands on the at sign.
    private bool TryAddress(
        ReadOnlySpan<AddressToken> local, List<AddressToken> tokens, ref int at, string displayName, string? group)
    {
        if (!TryDotted(local, out string localPart))
        {
            return false;
        }

        int domain = ++at;
        while (at < tokens.Count && (tokens[at].Kind == AddressTokenKind.Atom || tokens[at].IsSpecial('.')))
        {
            at++;
        }

        string domainText;
        if (at < tokens.Count && at == domain && tokens[at].Kind == AddressTokenKind.DomainLiteral)
        {
            domainText = tokens[at++].Text;
        }
        else if (!TryDotted(CollectionsMarshal.AsSpan(tokens)[domain..at], out domainText))
        {
            return false;
        }

        if (!LocalPart.TryCreate(localPart, out LocalPart part) || !Mailbox.TryParse($"{part}@{domainText}", out Mailbox? mailbox))
        {
            return false;
        }

        _mailboxes.Add(new NamedMailbox(displayName, mailbox) { Group = group });
        return true;
    }

    // word *("." word): white space around the dots is obsolete (§4.4), not wrong.
    private static bool TryDotted(ReadOnlySpan<AddressToken> tokens, out string text)
    {
        var all = new StringBuilder();
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].IsWord != (i % 2 == 0))
            {
                text = "";
                return false;
            }

            all.Append(tokens[i].Text);
        }

        text = all.ToString();
        return tokens.Length % 2 == 1;
    }

    private static string Phrase(ReadOnlySpan<AddressToken> tokens)
    {
        var text = new StringBuilder();
        foreach (AddressToken token in tokens)
        {
            text.Append(text.Length == 0 || token.IsSpecial('.') ? "" : " ").Append(token.Text);
        }

        return text.ToString();
    }
}
