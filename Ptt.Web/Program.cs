using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Http;
using Ptt.Web.Keys;
using Ptt.Web.Listeners;
using Ptt.Web.Monitoring;
using Ptt.Web.Queue;
using Ptt.Web.Roles;
using Ptt.Web.Sandbox;
using Ptt.Web.Shell;
using Ptt.Web.Users;

return await StartFault.GuardAsync(async () =>
{
    WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

    builder.AddConfiguration();
    builder.AddHttp();
    builder.AddAccess();
    builder.AddAlarms();
    builder.AddDomains();
    builder.AddUsers();
    builder.AddKeys();
    builder.AddQueue();
    builder.AddRoles();
    builder.AddListeners();
    builder.AddMonitoring();
    builder.AddSandbox();
    builder.AddShell();

    WebApplication app = builder.Build();

    app.CheckConfiguration();
    app.MapHttp();
    app.MapAccess();
    app.MapAlarms();
    app.MapDomains();
    app.MapUsers();
    app.MapKeys();
    app.MapQueue();
    app.MapRoles();
    app.MapListeners();
    app.MapMonitoring();
    app.MapSandbox();
    app.MapShell();

    await app.RunAsync();
    return 0;
});
