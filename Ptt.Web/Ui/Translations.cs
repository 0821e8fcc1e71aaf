using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Localization;

namespace Ptt.Web.Ui;

/// <summary>
/// The texts in the viewer's language. One JSON object for each language, from the English text to its own; a text without a
/// translation stays English. No .resx: its keys do not tell "Delivered" from "delivered".
/// </summary>
internal sealed class Translations : IStringLocalizer<Text>
{
    private readonly FrozenDictionary<string, FrozenDictionary<string, string>> _languages =
        Viewer.Languages.Where(l => l != "en").ToFrozenDictionary(l => l, l => Read("Text", l));

    public LocalizedString this[string name] => Find(name) is { } text ? new(name, text) : new(name, name, resourceNotFound: true);

    public LocalizedString this[string name, params object[] arguments] =>
        Find(name) is { } text ? new(name, Fill(text, arguments)) : new(name, Fill(name, arguments), resourceNotFound: true);

    public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) =>
        _languages.GetValueOrDefault(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName)?.Select(t => new LocalizedString(t.Key, t.Value)) ?? [];

    internal static FrozenDictionary<string, string> Read(string kind, string language)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{kind}.{language}.json")
            ?? throw new InvalidOperationException($"The file {kind}.{language}.json is not in the program.");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string Fill(string text, object[] arguments) => string.Format(CultureInfo.CurrentCulture, text, arguments);

    private string? Find(string name) =>
        _languages.GetValueOrDefault(CultureInfo.CurrentUICulture.TwoLetterISOLanguageName)?.GetValueOrDefault(name);
}
