using System.Text.Json;

namespace Ptt.Web.Formats;

/// <summary>
/// A JSON file in the data directory that must not be misread: what it holds cannot be had again. Its form is the member <c>form</c> of its root; a list, and
/// an object without the member, are of form 1.
/// </summary>
/// <param name="Known">The newest that this program knows.</param>
internal sealed record JsonForm(string Path, int Known)
{
    /// <summary>Null: it is not there, or is of a form that we know, or is no JSON; its room says so when it reads it.</summary>
    public NewerFile? Newer()
    {
        if (!File.Exists(Path))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("form", out JsonElement form) && form.TryGetInt32(out int number) && number > Known
                ? new NewerFile(Path, number, Known) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
