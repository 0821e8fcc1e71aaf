using System.Diagnostics.CodeAnalysis;
using Ptt.Web.Alarms;

namespace Ptt.Web.Domains.Posture.Spf;

/// <summary>An SPF record as its terms (RFC 7208 §4.5, §4.6). Terms are kept as they were written, so that an edited record changes in nothing else.</summary>
public sealed record SpfRecord(IReadOnlyList<SpfTerm> Terms)
{
    private const string Version = "v=spf1";

    /// <summary>§4.5: the version, and after it a space or nothing.</summary>
    public static bool IsSpf(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase) && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary><paramref name="fault"/> names the term that is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out SpfRecord? record, [NotNullWhen(false)] out Wording? fault)
    {
        (record, fault) = (null, null);
        if (!IsSpf(text))
        {
            fault = "it does not begin with v=spf1";
            return false;
        }

        var terms = new List<SpfTerm>();
        foreach (string word in text[Version.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!SpfTerm.TryParse(word, out SpfTerm? term))
            {
                fault = $"the term '{word}' is not known";
                return false;
            }

            terms.Add(term);
        }

        record = new SpfRecord(terms);
        return true;
    }

    /// <summary>The record with one more mechanism, in front: it then counts before anything that could say no.</summary>
    public SpfRecord With(SpfTerm mechanism) => new([mechanism, .. Terms]);

    /// <summary>The record with <paramref name="mechanism"/> in the place of <paramref name="former"/>, once.</summary>
    public SpfRecord With(SpfTerm mechanism, SpfTerm former) => Terms.Contains(mechanism)
        ? new([.. Terms.Where(t => !t.Equals(former))])
        : new([.. Terms.Select(t => t.Equals(former) ? mechanism : t).Distinct()]);

    public override string ToString() => string.Join(' ', [Version, .. Terms.Select(t => t.Text)]);
}
