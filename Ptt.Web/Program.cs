using Ptt.Web.Access;
using Ptt.Web.Acme;
using Ptt.Web.Alarms;
using Ptt.Web.Backups;
using Ptt.Web.Configuration;
using Ptt.Web.Domains;
using Ptt.Web.Formats;
using Ptt.Web.Http;
using Ptt.Web.Keys;
using Ptt.Web.Links;
using Ptt.Web.Listeners;
using Ptt.Web.Machine;
using Ptt.Web.Monitoring;
using Ptt.Web.Outbound;
using Ptt.Web.Queue;
using Ptt.Web.Roles;
using Ptt.Web.Sandbox;
using Ptt.Web.Shell;
using Ptt.Web.Users;
using Ptt.Web.Verbs;

return await StartFault.GuardAsync(() => Verb.RunAllAsync(args, Describe, Build));

static WebApplicationBuilder Describe(string[] args)
{
    ConfigurationFeature.PollFiles();
    WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

    builder.AddConfiguration();
    builder.AddFormats();
    builder.AddHttp();
    builder.AddAccess();
    builder.AddAlarms();
    builder.AddBackups();
    builder.AddDomains();
    builder.AddAcme();
    builder.AddUsers();
    builder.AddKeys();
    builder.AddQueue();
    builder.AddLinks();
    builder.AddRoles();
    builder.AddOutbound();
    builder.AddListeners();
    builder.AddMonitoring();
    builder.AddMachine();
    builder.AddSandbox();
    builder.AddShell();
    return builder;
}

static WebApplication Build(WebApplicationBuilder builder)
{
    WebApplication app = builder.Build();

    app.CheckConfiguration();
    app.UseShell();
    app.MapHttp();
    app.MapAccess();
    app.MapAlarms();
    app.MapBackups();
    app.MapDomains();
    app.MapUsers();
    app.MapKeys();
    app.MapQueue();
    app.MapLinks();
    app.MapRoles();
    app.MapOutbound();
    app.MapListeners();
    app.MapMonitoring();
    app.MapSandbox();
    app.MapShell();
    return app;
}
