using Microsoft.AspNetCore.Builder;
using Ptt.Tests.Support;
using Xunit.Abstractions;

namespace Ptt.Tests.Web.Users;

/// <summary>Our SCIM held against implementations of others, on a socket.</summary>
public sealed class ScimClientsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Three_implementations_from_npm_agree_with_ours()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync(settings: [("Ptt:Http:RequestsPerMinute", "0")]);
        await using WebApplication socket = await SocketFront.OpenAsync(host);
        (string[] faults, string word) = await NodePackages.RunAsync("scim.mjs", socket.Urls.First() + "/scim/v2", ApiHost.InitialToken);
        output.WriteLine(word);
        Assert.True(faults.Length == 0, string.Join("\n", faults));
        Assert.Matches(@"^\d{2,} checks", word);
    }
}
