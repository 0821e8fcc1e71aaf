using Ptt.Smtp.Pipeline;
using Ptt.Web.Configuration;

namespace Ptt.Web.Backups;

/// <summary>Backups that the running service makes (docs/backup.md); <c>ptt backup</c> makes the same ones from outside.</summary>
internal static class BackupsFeature
{
    public static WebApplicationBuilder AddBackups(this WebApplicationBuilder builder)
    {
        builder.AddSection<BackupOptions>(BackupOptions.Section);
        builder.Services.AddSingleton<BackupStore>();
        return builder;
    }

    public static WebApplication MapBackups(this WebApplication app)
    {
        app.MapBackupsApi();
        if (app.Plays(Role.Submission))
        {
            app.MapBackupPages();
        }

        return app;
    }
}
