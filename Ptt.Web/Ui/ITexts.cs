using Microsoft.Extensions.Localization;

namespace Ptt.Web.Ui;

/// <summary>The texts of the pages for code that is no component: the words that a button's verb says afterwards.</summary>
public interface ITexts
{
    string this[string english] { get; }

    string this[string english, params object[] arguments] { get; }
}

internal sealed class Texts(IStringLocalizer<Text> localizer) : ITexts
{
    public string this[string english] => localizer[english];

    public string this[string english, params object[] arguments] => localizer[english, arguments];
}
