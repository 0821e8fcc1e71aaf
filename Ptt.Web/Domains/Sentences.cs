using Microsoft.Extensions.Localization;
using Ptt.Web.Alarms;
using Ptt.Web.Ui;

namespace Ptt.Web.Domains;

/// <summary>A <see cref="Wording"/> in the viewer's language, as far as that has its sentences.</summary>
internal static class Sentences
{
    public static string Say(this IStringLocalizer<Text> texts, Wording words) => texts[words.Format, Values(words, texts.Say)];

    public static string Say(this ITexts texts, Wording words) => texts[words.Format, Values(words, texts.Say)];

    private static object[] Values(Wording words, Func<Wording, string> say) => [.. words.Arguments.Select(a => a is Wording inner ? say(inner) : Phrases.Say(a.ToString() ?? ""))];
}
