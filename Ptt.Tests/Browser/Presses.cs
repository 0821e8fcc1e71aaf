using Microsoft.Playwright;

namespace Ptt.Tests.Browser;

/// <summary>Which actions of <c>docs/admin.md</c> a test carries out by a browser; <see cref="AdminInventoryTests"/> finds those that none does.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PressesAttribute(params string[] actions) : Attribute
{
    public IReadOnlyList<string> Actions => actions;
}

/// <summary>Presses the button of an action as a person does: opens its question where it asks one, types what it wants typed, and reads the word that comes.</summary>
internal static class Buttons
{
    /// <param name="says">Part of the word afterwards.</param>
    /// <param name="within">Where the button stands, when the page has several.</param>
    /// <param name="typed">What its question wants typed.</param>
    /// <param name="kind">good or bad: how the word is meant.</param>
    public static async Task PressButtonAsync(this IPage page, string action, string says, string within = "main", string? typed = null, string kind = "good")
    {
        ILocator form = page.Locator($"{within} form[action='{action}']").First;
        if (await form.Locator("xpath=ancestor::*[@popover]").CountAsync() > 0)
        {
            await page.Locator($"{within} .verb:has(form[action='{action}']) > button").First.ClickAsync();
            if (typed is not null)
            {
                await form.Locator("input[name=typed]").FillAsync(typed);
            }
        }

        await form.Locator("button[type=submit]").ClickAsync();
        await Assertions.Expect(page.Locator($".flash-{kind}")).ToContainTextAsync(says);
    }
}
