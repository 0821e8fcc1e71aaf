using System.Net;
using System.Text.Json.Nodes;
using Ptt.Tests.Support;
using Ptt.Web.Users.Scim;
using static Ptt.Tests.Web.Users.ScimCalls;

namespace Ptt.Tests.Web.Users;

/// <summary>More of what the provisioning agents of Entra ID and Okta send, where they leave the RFC or use little-walked parts of it.</summary>
public sealed class ScimProvidersTests
{
    private const string PatchOp = """{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[""";

    [Fact]
    public async Task Entra_ID_writes_single_values_as_lists_managers_as_ids_and_extensions_without_their_name()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        string boss = await MadeAsync(host, """{"userName":"boss@example.org","externalId":"b"}""");
        string id = await MadeAsync(host, """
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","urn:ietf:params:scim:schemas:extension:Canteen:2.0:User"],
             "externalId":"0a21f0f2-8d2a","userName":"ada@example.org","active":true,"emails":[{"primary":true,"type":"work","value":"ada@example.org"}],"meta":{"resourceType":"User"},
             "name":{"formatted":"Ada Lovelace","familyName":"Lovelace","givenName":"Ada"},"roles":[],"shoeSize":7,"urn:ietf:params:scim:schemas:extension:Canteen:2.0:User":{"meal":"fish"},
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines","manager":{}}}
            """);

        JsonNode now = await PatchedAsync(host, id, $$"""
            {"op":"Add","path":"nickName","value":[{"$ref":null,"value":"Enchantress"}]},
            {"op":"Replace","path":"displayName","value":[{"value":"Countess"}]},
            {"op":"Add","path":"manager","value":[{"$ref":"https://mail.example.org/scim/v2/Users/{{boss}}","value":"{{boss}}"}]},
            {"op":"Replace","path":"costCenter","value":"7"},
            {"op":"Add","path":"addresses[type eq \"work\"].streetAddress","value":"1 St James's Square"},
            {"op":"Add","path":"addresses[type eq \"work\"].country","value":"GB"},
            {"op":"Add","path":"shoeSize","value":"8"},
            {"op":"Replace","path":"urn:ietf:params:scim:schemas:extension:Canteen:2.0:User:meal","value":"soup"}
            """);
        Assert.Equal(("Enchantress", "Countess"), ((string)now["nickName"]!, (string)now["displayName"]!));
        Assert.Equal((boss, "7", "Engines"), ((string)now[ScimSchemas.Enterprise]!["manager"]!["value"]!, (string)now[ScimSchemas.Enterprise]!["costCenter"]!, (string)now[ScimSchemas.Enterprise]!["department"]!));
        Assert.Equal("""[{"type":"work","streetAddress":"1 St James's Square","country":"GB"}]""", now["addresses"]!.ToJsonString(Plain));
        Assert.Equal((null, null, null), (now["manager"], now["costCenter"], now["shoeSize"]));

        // How it asks whether a reference is there already, and how it looks for a mail address.
        Assert.Equal([id], await FoundAsync(host, $"id eq \"{id}\" and manager eq \"{boss}\""));
        Assert.Empty(await FoundAsync(host, $"id eq \"{id}\" and manager eq \"{id}\""));
        Assert.Equal([id], await FoundAsync(host, "emails[type eq \"work\"].value eq \"ADA@example.org\""));
        Assert.Empty(await FoundAsync(host, "emails[type eq \"home\"].value eq \"ada@example.org\""));
        Assert.Equal([id], await FoundAsync(host, "externalId eq \"0a21f0f2-8d2a\""));

        now = await PatchedAsync(host, id, $$"""
            {"op":"replace","value":{"displayName":"Ada King","name.givenName":"Augusta","name.familyName":"King","emails[type eq \"work\"].value":"king@example.org",
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber":"12","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager":{"value":"{{id}}"},
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"North"} } }
            """);
        Assert.Equal("Ada King|Augusta|King|Ada Lovelace|king@example.org", string.Join('|', now["displayName"], now["name"]!["givenName"], now["name"]!["familyName"], now["name"]!["formatted"], now["emails"]![0]!["value"]));
        JsonNode enterprise = now[ScimSchemas.Enterprise]!;
        Assert.Equal($"12|{id}|North|Engines", string.Join('|', enterprise["employeeNumber"], enterprise["manager"]!["value"], enterprise["division"], enterprise["department"]));
        now = await PatchedAsync(host, id, $$"""{"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"{{boss}}"}""");
        Assert.Equal(boss, (string)now[ScimSchemas.Enterprise]!["manager"]!["value"]!);
    }

    [Fact]
    public async Task Entra_ID_takes_values_away_and_then_the_user_twice()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        string id = await MadeAsync(host, """
            {"userName":"ada@example.org","password":"correct horse","externalId":"e","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"x"} },
             "emails":[{"primary":true,"type":"work","value":"ada@example.org"},{"type":"home","value":"ada@home.example"}],
             "phoneNumbers":[{"type":"mobile","value":"1"},{"type":"fax","value":"2"},{"type":"work","value":"3"}]}
            """);
        JsonNode now = await PatchedAsync(host, id, """
            {"op":"Remove","path":"emails[type eq \"home\"]"},
            {"op":"Remove","path":"phoneNumbers[type eq \"fax\" or type eq \"pager\"]"},
            {"op":"Remove","path":"phoneNumbers[type eq \"other\"].value"},
            {"op":"Remove","path":"phoneNumbers","value":[{"value":"3"}]},
            {"op":"Remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"},
            {"op":"Remove","path":"nickName"}
            """);
        Assert.Equal("""[{"primary":true,"type":"work","value":"ada@example.org"}]""", now["emails"]!.ToJsonString());
        Assert.Equal("""[{"type":"mobile","value":"1"}]""", now["phoneNumbers"]!.ToJsonString());
        Assert.Equal((null, 1), (now[ScimSchemas.Enterprise], now["schemas"]!.AsArray().Count));

        now = await PatchedAsync(host, id, """{"op":"Replace","path":"active","value":[{"$ref":null,"value":"False"}]}""");
        Assert.False((bool)now["active"]!);
        Assert.False(await host.LogsInAsync("ada@example.org", "correct horse"));
        Assert.Equal([id], await FoundAsync(host, "externalId eq \"e\""));   // soft: still there
        now = await PatchedAsync(host, id, """{"op":"Replace","value":{"active":"True"} }""");
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));

        Assert.False((bool)(await PatchedAsync(host, id, """{"op":"Replace","path":"active","value":"False"}"""))["active"]!);
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client().DeleteAsync("/scim/v2/Users/" + id)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().DeleteAsync("/scim/v2/Users/" + id)).StatusCode);
        Assert.Empty(await FoundAsync(host, "externalId eq \"e\""));
    }

    [Fact]
    public async Task Entra_IDs_single_role_takes_the_place_of_the_one_before()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        string id = await MadeAsync(host, """{"userName":"ada@example.org","roles":[]}""");
        foreach ((string op, string role) in new[] { ("Add", "auditor"), ("Replace", "service"), ("Add", "auditor") })
        {
            JsonNode now = await PatchedAsync(host, id, $$"""{"op":"{{op}}","path":"roles[primary eq \"True\"].value","value":"{{role}}"}""");
            Assert.Equal($$"""[{"value":"{{role}}","primary":true}]""", now["roles"]!.ToJsonString());
            Assert.Equal([role], host.Directory().Find(UsersHost.Address("ada@example.org"))!.User.Roles);
        }

        await PatchedAsync(host, id, """{"op":"Add","path":"roles","value":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","value":"service","display":"Service"}]}""");
        await PatchedAsync(host, id, """{"op":"Remove","path":"roles","value":[{"value":"auditor"}]}""");
        Assert.Equal(["service"], host.Directory().Find(UsersHost.Address("ada@example.org"))!.User.Roles);
    }

    [Fact]
    public async Task Okta_looks_first_puts_all_back_and_lets_nobody_in_by_saying_nothing()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        const string Query = "/scim/v2/Users?filter=userName%20eq%20%22bob%40example.org%22&startIndex=1&count=100";
        JsonNode none = await GetAsync(host, Query);
        Assert.Equal("0 1 0", $"{none["totalResults"]} {none["startIndex"]} {none["itemsPerPage"]}");
        const string Bob = """
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bob@example.org","name":{"givenName":"Bob","familyName":"B"},"locale":"en-US","groups":[],"active":true,
             "emails":[{"primary":true,"value":"bob@example.org","type":"work"}],"displayName":"Bob B","externalId":"00u1","password":"battery staple"}
            """;
        string id = await MadeAsync(host, Bob);
        (HttpStatusCode status, JsonNode taken) = await SendAsync(host, HttpMethod.Post, "/scim/v2/Users", Bob);
        Assert.Equal((HttpStatusCode.Conflict, "uniqueness"), (status, (string)taken["scimType"]!));
        JsonNode found = (await GetAsync(host, Query.Replace("bob", "BOB", StringComparison.Ordinal)))["Resources"]![0]!;
        Assert.Equal((id, "B"), ((string)found["id"]!, (string)found["name"]!["familyName"]!));

        // The whole of it back, with what we added, and a synchronized password.
        found["name"]!["givenName"] = "Robert";
        found["password"] = "a password in step";
        (status, JsonNode put) = await SendAsync(host, HttpMethod.Put, "/scim/v2/Users/" + id, found.ToJsonString());
        Assert.Equal((HttpStatusCode.OK, "Robert", "00u1", null), (status, (string)put["name"]!["givenName"]!, (string)put["externalId"]!, put["password"]));
        Assert.True(await host.LogsInAsync("bob@example.org", "a password in step"));

        Assert.False((bool)(await PatchedAsync(host, id, """{"op":"replace","value":{"active":false} }"""))["active"]!);
        put.AsObject().Remove("active");
        (_, put) = await SendAsync(host, HttpMethod.Put, "/scim/v2/Users/" + id, put.ToJsonString());
        Assert.False((bool)put["active"]!);
        Assert.False(await host.LogsInAsync("bob@example.org", "a password in step"));
        put["active"] = true;
        await SendAsync(host, HttpMethod.Put, "/scim/v2/Users/" + id, put.ToJsonString());
        Assert.True(await host.LogsInAsync("bob@example.org", "a password in step"));
    }

    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static async Task<string> MadeAsync(ApiHost host, string user)
    {
        (HttpStatusCode status, JsonNode made) = await SendAsync(host, HttpMethod.Post, "/scim/v2/Users", user);
        Assert.True(status == HttpStatusCode.Created, made.ToJsonString());
        return (string)made["id"]!;
    }

    private static async Task<JsonNode> PatchedAsync(ApiHost host, string id, string operations)
    {
        (HttpStatusCode status, JsonNode after) = await SendAsync(host, HttpMethod.Patch, "/scim/v2/Users/" + id, PatchOp + operations + "]}");
        Assert.True(status == HttpStatusCode.OK, after.ToJsonString());
        return after;
    }

    private static async Task<IEnumerable<string>> FoundAsync(ApiHost host, string filter) =>
        (await GetAsync(host, "/scim/v2/Users?attributes=id&filter=" + Uri.EscapeDataString(filter)))["Resources"]!.AsArray().Select(r => (string)r!["id"]!);
}
