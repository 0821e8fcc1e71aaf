using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ptt.Dns;
using Ptt.Tests.Support;
using Ptt.Web.Users.Files;
using Ptt.Web.Users.Import;
using Ptt.Web.Users.Scim;
using static Ptt.Tests.Web.Users.ScimCalls;

namespace Ptt.Tests.Web.Users;

public sealed class ScimTests
{
    // The resource of RFC 7643 §8.3, as far as it concerns filters.
    private static readonly JsonNode Barbara = JsonNode.Parse("""
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"2819c223","externalId":"701984",
         "userName":"bjensen@example.com","name":{"familyName":"Jensen","givenName":"Barbara"},"active":true,"title":"Tour Guide",
         "emails":[{"value":"bjensen@example.com","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}],
         "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Tour Operations"},
         "meta":{"lastModified":"2011-05-13T04:42:34Z"}}
        """)!;

    [Theory]
    // RFC 7644 §3.4.2.2, its examples
    [InlineData("userName Eq \"bjensen@example.com\"", true)]
    [InlineData("name.familyName co \"O'Malley\"", false)]
    [InlineData("userName sw \"B\"", true)]
    [InlineData("urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"b\"", true)]
    [InlineData("title pr", true)]
    [InlineData("meta.lastModified gt \"2011-05-13T04:42:33Z\"", true)]
    [InlineData("meta.lastModified lt \"2011-05-13T06:42:34+02:00\"", false)]
    [InlineData("title pr and userType eq \"Employee\"", false)]
    [InlineData("title pr or userType eq \"Intern\"", true)]
    [InlineData("schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"", true)]
    [InlineData("userType ne \"Employee\" and not (emails co \"example.org\" or emails.value co \"example.org\")", true)]
    [InlineData("emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"xmpp\"]", true)]
    [InlineData("emails[type eq \"home\" and value co \"@example.com\"]", false)]
    [InlineData("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"tour operations\"", true)]
    [InlineData("active eq true", true)]
    [InlineData("active eq \"False\"", false)]
    [InlineData("externalId eq \"701984\"", true)]
    [InlineData("nickName eq null", true)]
    [InlineData("title pr and (name.givenName ew \"ara\" and not (active eq false))", true)]
    public void A_filter_says_what_the_RFC_says(string filter, bool matches)
    {
        Assert.True(ScimFilterParser.TryParse(filter, out ScimFilter? parsed));
        Assert.Equal(matches, parsed.Matches(Barbara));
    }

    [Theory]
    [InlineData("")]
    [InlineData("userName")]
    [InlineData("userName eq")]
    [InlineData("userName is \"x\"")]
    [InlineData("userName eq \"x")]
    [InlineData("(userName eq \"x\"")]
    [InlineData("userName eq \"x\" and")]
    [InlineData("userName eq \"x\" userName")]
    [InlineData("not userName pr")]
    [InlineData("emails[type eq \"x\"")]
    [InlineData("1name pr")]
    public void What_is_no_filter_is_refused(string filter) => Assert.False(ScimFilterParser.TryParse(filter, out _));

    [Fact]
    public void Mangled_filters_are_refused_or_read_but_never_throw()
    {
        const string Whole = "title pr and (emails[type eq \"work\" and value co \"@ex\\\"ample\"].value eq 1.5 or not (a.b ge null))";
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = Whole[random.Next(Whole.Length)..].ToCharArray();
            for (int flips = random.Next(4); flips > 0; flips--)
            {
                text[random.Next(text.Length)] = "()[]\"\\ .:-aeq\u00e9"[random.Next(14)];
            }

            string mangled = new(text);
            if (ScimFilterParser.TryParse(mangled, out ScimFilter? filter))
            {
                filter.Matches(Barbara);
            }

            ScimFilterParser.TryParsePath(mangled, out _);
        }

        Assert.False(ScimFilterParser.TryParse(new string('(', 3000) + "a pr", out _));
    }

    [Fact]
    public async Task The_sequence_of_Entra_ID_provisions_changes_and_takes_away_a_user()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        // Test connection: a random user is not there, and that is an empty list.
        JsonNode none = await GetAsync(host, "/scim/v2/Users?filter=userName+eq+%227a9d11c6-7b2d%22");
        Assert.Equal(0, (int)none["totalResults"]!);
        Assert.Equal(0, (int)(await GetAsync(host, "/scim/v2/Users?filter=externalId+eq+%22obj-1%22&startIndex=1&count=1"))["totalResults"]!);

        (HttpStatusCode status, JsonNode made) = await SendAsync(host, HttpMethod.Post, "/scim/v2/Users", """
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
             "externalId":"obj-1","userName":"Ada@example.org","active":true,"displayName":"Ada Lovelace","password":"correct horse",
             "emails":[{"primary":true,"type":"work","value":"ada@example.org"}],"meta":{"resourceType":"User"},
             "name":{"formatted":"Ada Lovelace","familyName":"Lovelace","givenName":"Ada"},"roles":[],
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines"}}
            """);
        Assert.Equal(HttpStatusCode.Created, status);
        string id = (string)made["id"]!;
        Assert.Equal(("ada@example.org", "obj-1", null), ((string)made["userName"]!, (string)made["externalId"]!, made["password"]));
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));
        Assert.Equal(id, (string)(await GetAsync(host, "/scim/v2/Users?filter=externalId+eq+%22obj-1%22"))["Resources"]![0]!["id"]!);

        // Entra's own words: operations in capitals, booleans as strings, paths with filters, several at once.
        (status, JsonNode changed) = await SendAsync(host, HttpMethod.Patch, "/scim/v2/Users/" + id, """
            {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
              {"op":"Replace","path":"displayName","value":"Countess"},
              {"op":"Add","path":"phoneNumbers[type eq \"work\"].value","value":"+44 1"},
              {"op":"Replace","path":"emails[type eq \"work\"].value","value":"countess@example.org"},
              {"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Numbers"},
              {"op":"Replace","value":{"name.givenName":"Augusta","title":"Countess of Lovelace"}}]}
            """);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Countess|+44 1|countess@example.org|Numbers|Augusta|Lovelace|Countess of Lovelace", string.Join('|',
            changed["displayName"], changed["phoneNumbers"]![0]!["value"], changed["emails"]![0]!["value"],
            changed[ScimSchemas.Enterprise]!["department"], changed["name"]!["givenName"], changed["name"]!["familyName"], changed["title"]));
        Assert.True(await host.LogsInAsync("ada@example.org", "correct horse"));

        (status, JsonNode off) = await SendAsync(host, HttpMethod.Patch, "/scim/v2/Users/" + id,
            """{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}""");
        Assert.False((bool)off["active"]!);
        Assert.False(await host.LogsInAsync("ada@example.org", "correct horse"));

        // A rename keeps the id.
        (status, JsonNode moved) = await SendAsync(host, HttpMethod.Patch, "/scim/v2/Users/" + id,
            """{"Operations":[{"op":"replace","path":"userName","value":"countess@example.org"},{"op":"replace","path":"active","value":true}]}""");
        Assert.Equal((id, "countess@example.org"), ((string)moved["id"]!, (string)moved["userName"]!));
        Assert.Equal(id, (string)(await GetAsync(host, "/scim/v2/Users/" + id))["id"]!);
        Assert.True(await host.LogsInAsync("countess@example.org", "correct horse"));
        (_, JsonNode second) = await SendAsync(host, HttpMethod.Post, "/scim/v2/Users", """{"userName":"ada@example.org"}""");
        Assert.NotEqual(id, (string)second["id"]!);

        Assert.Equal(HttpStatusCode.NoContent, (await host.Client().DeleteAsync("/scim/v2/Users/" + id)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().GetAsync("/scim/v2/Users/" + id)).StatusCode);
        Assert.False(host.Directory().Find(UsersHost.Address("countess@example.org"))!.User.Enabled);   // disabled, not gone
        (status, _) = await SendAsync(host, HttpMethod.Post, "/scim/v2/Users", """{"userName":"countess@example.org","externalId":"obj-1"}""");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.True(await host.LogsInAsync("countess@example.org", "correct horse"));
    }

    [Fact]
    public async Task The_sequence_of_Okta_provisions_and_replaces_a_user()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        Assert.Equal(0, (int)(await GetAsync(host, "/scim/v2/Users?startIndex=1&count=2"))["totalResults"]!);
        (_, JsonNode made) = await SendAsync(host, HttpMethod.Post, "/scim/v2/Users", """
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bob@example.org","name":{"givenName":"Bob","familyName":"B"},
             "emails":[{"primary":true,"value":"bob@example.org","type":"work"}],"displayName":"Bob B","locale":"en-US","externalId":"00u1","groups":[],"password":"battery staple","active":true}
            """);
        string id = (string)made["id"]!;
        (HttpStatusCode taken, JsonNode conflict) = await SendAsync(host, HttpMethod.Post, "/scim/v2/Users", """{"userName":"BOB@example.org"}""");
        Assert.Equal((HttpStatusCode.Conflict, "uniqueness", "409"), (taken, (string)conflict["scimType"]!, (string)conflict["status"]!));

        (HttpStatusCode status, JsonNode replaced) = await SendAsync(host, HttpMethod.Put, "/scim/v2/Users/" + id,
            $$"""{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"{{id}}","userName":"bob@example.org","name":{"givenName":"Robert","familyName":"B" },"active":false,"meta":{"resourceType":"User" } }""");
        Assert.Equal((HttpStatusCode.OK, "Robert B", false), (status, (string)replaced["displayName"]!, (bool)replaced["active"]!));
        Assert.Null(replaced["externalId"]);
        await SendAsync(host, HttpMethod.Patch, "/scim/v2/Users/" + id, """{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":true}}]}""");
        Assert.True(await host.LogsInAsync("bob@example.org", "battery staple"));
        (status, _) = await SendAsync(host, HttpMethod.Patch, "/scim/v2/Users/" + id, """{"Operations":[{"op":"replace","value":{"password":"a newer password"}}]}""");
        Assert.True(await host.LogsInAsync("bob@example.org", "a newer password"));
    }

    [Theory]
    [InlineData("GET", "/scim/v2/Users?filter=userName%20is%20x", null, 400, "invalidFilter")]
    [InlineData("GET", "/scim/v2/Users?count=many", null, 400, "invalidValue")]
    [InlineData("GET", "/scim/v2/Users/nobody@example.org", null, 404, null)]
    [InlineData("GET", "/scim/v2/Groups", null, 404, null)]
    [InlineData("POST", "/scim/v2/Users", "{}", 400, "invalidValue")]
    [InlineData("POST", "/scim/v2/Users", "[]", 400, "invalidSyntax")]
    [InlineData("POST", "/scim/v2/Users", "{", 400, "invalidSyntax")]
    [InlineData("POST", "/scim/v2/Users", "{\"userName\":\"a@other.example\"}", 400, "invalidValue")]
    [InlineData("POST", "/scim/v2/Users", "{\"userName\":\"a@example.org\",\"password\":\"short\"}", 400, "invalidValue")]
    [InlineData("PATCH", "/scim/v2/Users/ada@example.org", "{\"Operations\":[{\"op\":\"move\"}]}", 400, "invalidSyntax")]
    [InlineData("PATCH", "/scim/v2/Users/ada@example.org", "{\"Operations\":[{\"op\":\"remove\"}]}", 400, "noTarget")]
    [InlineData("PATCH", "/scim/v2/Users/ada@example.org", "{\"Operations\":[{\"op\":\"replace\",\"path\":\"a b\",\"value\":1}]}", 400, "invalidPath")]
    [InlineData("PATCH", "/scim/v2/Users/ada@example.org", "{\"Operations\":[{\"op\":\"replace\",\"path\":\"emails[type eq \\\"x\\\"].value\",\"value\":\"y\"}]}", 400, "noTarget")]
    public async Task Errors_have_the_shape_of_the_RFC(string method, string path, string? body, int status, string? type)
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.CreateAsync(new { address = "ada@example.org" });
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/scim+json") };
        HttpResponseMessage response = await host.Client().SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/scim+json", response.Content.Headers.ContentType?.MediaType);
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("urn:ietf:params:scim:api:messages:2.0:Error", (string)error["schemas"]![0]!);
        Assert.Equal((status.ToString(System.Globalization.CultureInfo.InvariantCulture), type), ((string)error["status"]!, (string?)error["scimType"]));
    }

    [Fact]
    public async Task Lists_are_paged_sorted_and_trimmed_and_the_provider_says_what_it_can()
    {
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        await host.Client().PostAsJsonAsync("/api/v1/users/batch", new { users = Enumerable.Range(0, 12).Select(i => new { address = $"u{i:00}@example.org", displayName = $"N{11 - i:00}" }) });
        JsonNode page = await GetAsync(host, "/scim/v2/Users?sortBy=displayName&sortOrder=descending&startIndex=4&count=3&attributes=userName");
        Assert.Equal("12 4 3", $"{page["totalResults"]} {page["startIndex"]} {page["itemsPerPage"]}");
        Assert.Equal(["u03@example.org", "u04@example.org", "u05@example.org"], page["Resources"]!.AsArray().Select(r => (string)r!["userName"]!));
        Assert.Equal(["schemas", "id", "userName", "meta"], page["Resources"]![0]!.AsObject().Select(m => m.Key));
        Assert.Empty((await GetAsync(host, "/scim/v2/Users?count=0"))["Resources"]!.AsArray());

        foreach (string path in new[] { "ServiceProviderConfig", "ResourceTypes", "ResourceTypes/User", "Schemas", "Schemas/" + ScimSchemas.User })
        {
            Assert.Equal(HttpStatusCode.OK, (await host.Client("").GetAsync("/scim/v2/" + path)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client("").GetAsync("/scim/v2/Users")).StatusCode);
    }

    [Fact]
    public async Task The_files_of_the_seed_are_imported_whole_or_not_at_all()
    {
        using var directory = new TemporaryDirectory();
        await using ApiHost host = await UsersHost.StartWithDomainAsync();
        UsersHost.Git("/", "init", "-q", "-b", "main", directory.File("seed"));
        string digest = Convert.ToHexStringLower(Blake2b.Hash("old secret"u8));
        File.WriteAllText(directory.File("seed/ada"), $$"""{"targets":["ada@elsewhere.example"],"password":"{{digest}}","insecure":false}""");
        File.WriteAllText(directory.File("seed/bob"), """{"targets":[],"password":"nothing","insecure":false}""");
        UsersHost.Git(directory.File("seed"), "add", "-A");
        UsersHost.Git(directory.File("seed"), "commit", "-q", "-m", "users");
        var import = new SeedImport(host.Store());
        SeedImportResult refused = await import.RunAsync(directory.File("seed"), DomainName.Parse("seed.example"), "t", default);
        Assert.Contains("bob/password", Assert.Single(refused.Faults));

        File.WriteAllText(directory.File("seed/bob"), $$"""{"targets":[],"password":"{{digest.ToUpperInvariant()}}","insecure":false}""");
        UsersHost.Git(directory.File("seed"), "commit", "-q", "-a", "-m", "mended");
        Assert.Equal(2, (await import.RunAsync(directory.File("seed"), DomainName.Parse("seed.example"), "t", default)).Imported);
        Assert.Equal(2, (await import.RunAsync(directory.File("seed"), DomainName.Parse("seed.example"), "t", default)).Present);
        Assert.True(await host.LogsInAsync("ada@seed.example", "old secret"));
        Assert.Equal("ada@elsewhere.example", host.Directory().Find(UsersHost.Address("ada@seed.example"))!.User.Targets[0].ToString());
    }
}
