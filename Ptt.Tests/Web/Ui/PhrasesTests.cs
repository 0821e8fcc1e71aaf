using System.Globalization;
using Ptt.Web.Ui;

namespace Ptt.Tests.Web.Ui;

public sealed class PhrasesTests
{
    [Theory]
    [InlineData("its record is gone", "son enregistrement n'est plus")]
    [InlineData("p1 took over: the turn of p0 is over", "p1 a pris le relais : le tour de p0 est fini")]
    [InlineData("the domain is no longer ours, and DNS never knew it", "le domaine n'est plus à nous, et le DNS ne l'a jamais connue")]
    [InlineData("its name is left to others: A record in b.test is no longer what we wrote (NXRRSET). It was left alone.", "son nom est laissé à d'autres : Un enregistrement de b.test n'est plus ce que nous avons écrit (NXRRSET). Il n'a pas été touché.")]
    [InlineData("ns1.b.test (192.0.2.1): has no address. ns2.b.test (192.0.2.2) still has serial 3; the primary has 4.", "ns1.b.test (192.0.2.1): n'a pas d'adresse. ns2.b.test (192.0.2.2) en est encore au numéro de série 3 ; le primaire a 4.")]
    [InlineData("192.0.2.1:53 did not answer by TCP within 5 s. Is it the primary, and is TCP port 53 open to us?", "192.0.2.1:53 n'a pas répondu par TCP en 5 s. Est-ce le primaire, et le port TCP 53 nous est-il ouvert ?")]
    [InlineData("users/b.test/x.json /roles/0: is no name of a role", "users/b.test/x.json /roles/0: n'est pas un nom de rôle")]
    [InlineData("displayName must be a string; roles must be an array of at most 20", "displayName doit être une chaîne; roles doit être une liste d'au plus 20")]
    [InlineData(" The primary of b.test has no address.", " Le primaire de b.test n'a pas d'adresse.")]
    [InlineData("The rsa-2048 key of b.test is not ready.", "La clé rsa-2048 de b.test n'est pas prête.")]
    [InlineData("No zone above b.test shows its SOA. c: No zone above c.test shows its SOA.", "Aucune zone au-dessus de b.test ne montre son SOA. c: Aucune zone au-dessus de c.test ne montre son SOA.")]
    [InlineData("users/b.test/x.json /displayName: must be a string; users/b.test/y.json: is not JSON (line 1)", "users/b.test/x.json /displayName: doit être une chaîne; users/b.test/y.json: n'est pas du JSON (ligne 1)")]
    [InlineData("What a stranger says is his: is gone", "What a stranger says is his: is gone")]
    [InlineData("550 5.1.1 no such user. Go away. Nothing to see; really", "550 5.1.1 no such user. Go away. Nothing to see; really")]
    [InlineData("", "")]
    [InlineData(".", ".")]
    [InlineData("; ", "; ")]
    public void A_phrase_is_known_again(string english, string french)
    {
        Assert.Equal(french, In("fr", () => Phrases.Say(english)));
        Assert.Equal(english, In("en", () => Phrases.Say(english)));
    }

    [Fact]
    public void Nothing_is_lost_of_a_text_that_is_not_known()
    {
        string[] pieces = ["is gone", "made", ". ", "; ", ": ", " ", "{0}", "took over: ", "x", ".", "\u202e", "(", ")"];
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
            string said = In("fr", () => Phrases.Say(text));
            Assert.Equal(text.Count(c => c == 'x'), said.Count(c => c == 'x'));
            Assert.Equal(text.Count(c => c == '\u202e'), said.Count(c => c == '\u202e'));
        }
    }

    [Fact]
    public void A_wording_says_its_values_too()
    {
        Ptt.Web.Alarms.Wording words = $"Mail of {"b.test"} waits: {"The rsa-2048 key of b.test is not ready."}{" No zone above b.test shows its SOA."}";
        Assert.Equal("Le courrier de b.test attend : La clé rsa-2048 de b.test n'est pas prête. Aucune zone au-dessus de b.test ne montre son SOA.", In("fr", () => Ptt.Web.Domains.Sentences.Say(new Texts(new Translations()), words)));
    }

    [Fact]
    public void Nothing_is_nothing() => Assert.Null(In("fr", () => Phrases.Say(null)));

    private static string In(string language, Func<string?> say)
    {
        CultureInfo before = CultureInfo.CurrentUICulture;
        try
        {
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
            return say()!;
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }
}
