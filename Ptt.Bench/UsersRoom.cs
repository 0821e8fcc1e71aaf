using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Ptt.Web.Access;
using Ptt.Web.Alarms;
using Ptt.Web.Configuration;
using Ptt.Web.Http;
using Ptt.Web.Users;

/// <summary>The users' room alone in this process, its API on a free port of the loopback.</summary>
internal static class UsersRoom
{
    public const string Token = "the-token-of-the-benchmark";

    public static WebApplication Build(string directory, IEnumerable<(string Key, string Value)> settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Ptt:DataDirectory"] = directory, ["Ptt:Admin:ApiToken"] = Token, ["Ptt:Users:PollInterval"] = "1.00:00:00", ["Ptt:Http:RequestsPerMinute"] = "0",
        }.Concat(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))));
        builder.AddConfiguration();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddHttp();
        builder.AddAccess();
        builder.AddAlarms();
        builder.AddUsers();
        WebApplication app = builder.Build();
        app.CheckConfiguration();
        app.MapHttp();
        app.MapAccess();
        app.MapAlarms();
        app.MapUsers();
        return app;
    }
}
