using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Ptt.Tests.Support;
using Ptt.Web.Backups;

namespace Ptt.Tests.Browser;

/// <summary>A backup that a person orders on its page.</summary>
[Collection(BrowserCollection.Name)]
public sealed class BackupButtonTests(BrowserFixture fixture)
{
    [Fact]
    [Presses("/backups/make", "/backups/remove")]
    public async Task A_backup_goes_on_when_its_page_is_left_tells_how_far_it_came_and_is_removed_by_typing_its_name()
    {
        var store = fixture.App.Services.GetRequiredService<BackupStore>();
        IPage page = await fixture.WorkingAsync();
        await page.GotoAsync("/backups");
        await page.PressButtonAsync("/backups/make", "It goes on when you leave this page");
        await page.GotoAsync("/settings");
        BackupJob job = store.Job!;
        await page.GotoAsync("/backups");
        await Assertions.Expect(page.Locator("[data-live=yes][data-ended=yes]")).ToContainTextAsync($"{job.Progress.Files} of {job.Progress.Files} files", new() { Timeout = 60_000 });
        Assert.Null(job.Fault);
        Assert.True(job.Progress is { Octets: > 0, Files: > 5, File: null });
        await fixture.ShootAsync(page, "backup-done");

        using var restored = new TemporaryDirectory();
        string data = Path.Combine(restored.Path, "data");
        Assert.Null(await Restore.ReadAsync(Path.Combine(store.Folder, BackupFile.NameOf(job.Id)), data, null, default));
        Assert.True(File.Exists(Path.Combine(data, "spool.db")) && Directory.Exists(Path.Combine(data, "users.git")));
        Assert.False(Directory.Exists(Path.Combine(data, "backups")));   // none holds those before it

        await page.GotoAsync("/backups?q=" + job.Id);
        await page.PressButtonAsync("/backups/remove", "It is removed", "tr:has-text('" + job.Id + "')", typed: job.Id);
        Assert.Null(store.Find(job.Id));
    }

    [Theory]
    [InlineData("../20261122T120000Z")]
    [InlineData("20261122T120000Z/../x")]
    [InlineData("nothing-here")]
    [InlineData("")]
    public void What_is_no_moment_names_no_file(string id) => Assert.Null(fixture.App.Services.GetRequiredService<BackupStore>().Find(id));
}
