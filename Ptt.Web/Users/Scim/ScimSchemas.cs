using System.Text.Json.Nodes;
using Ptt.Web.Users.Files;

namespace Ptt.Web.Users.Scim;

/// <summary>The resource type User and its schemas (RFC 7643 §4.1, §4.3), as far as we keep them, and what the provider can do (§5).</summary>
internal static class ScimSchemas
{
    public const string MediaType = "application/scim+json";
    public const string User = "urn:ietf:params:scim:schemas:core:2.0:User";
    public const string Enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    public const int MaxResults = 200;

    private static readonly string[] Strings =
        ["nickName", "profileUrl", "title", "userType", "preferredLanguage", "locale", "timezone"];

    private static readonly string[] EnterpriseStrings = ["employeeNumber", "costCenter", "organization", "division", "department"];

    private static readonly string[] Lists = ["emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "x509Certificates"];

    /// <summary>Attributes that we keep though they are of no use to us.</summary>
    public static readonly IReadOnlyList<string> Kept = ["externalId", "name", .. Strings, .. Lists, Enterprise];

    private static readonly Dictionary<string, string> Names = new[]
    {
        "id", "schemas", "meta", "userName", "displayName", "active", "password", "roles", "groups", "formatted", "familyName", "givenName", "middleName", "honorificPrefix",
        "honorificSuffix", "manager",
    }.Concat(EnterpriseStrings).Concat(Kept).ToDictionary(n => n, n => n, StringComparer.OrdinalIgnoreCase);

    /// <summary>The name in the case of its schema.</summary>
    public static string Canonical(string name) => Names.GetValueOrDefault(name, name);

    /// <summary>An attribute of the enterprise extension, which Entra ID also names without its URN.</summary>
    public static bool IsEnterprise(string name) => Has(EnterpriseStrings, name) || Has(["manager"], name);

    /// <summary>Holds one text or flag, so that a list of one element can mean only that.</summary>
    public static bool IsSingle(string name) => Has(["userName", "displayName", "active", "externalId", "password"], name) || Has(Strings, name) || Has(EnterpriseStrings, name);

    private static bool Has(string[] names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <param name="origin">Scheme and host that the client used: the URL of the documentation is an absolute one (RFC 7643 §5).</param>
    public static JsonObject ServiceProviderConfig(string origin) => JsonNode.Parse($$"""
        {
          "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
          "documentationUri": "{{origin}}/api",
          "patch": { "supported": true },
          "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
          "filter": { "supported": true, "maxResults": {{MaxResults}} },
          "changePassword": { "supported": true },
          "sort": { "supported": true },
          "etag": { "supported": true },
          "authenticationSchemes": [{ "type": "oauthbearertoken", "name": "API token", "description": "Authorization: Bearer with a token that has users:read and users:write", "primary": true }],
          "meta": { "resourceType": "ServiceProviderConfig", "location": "/scim/v2/ServiceProviderConfig" }
        }
        """)!.AsObject();

    public static JsonObject ResourceType() => JsonNode.Parse($$"""
        {
          "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
          "id": "User", "name": "User", "endpoint": "/Users", "description": "A user who may send mail",
          "schema": "{{User}}",
          "schemaExtensions": [{ "schema": "{{Enterprise}}", "required": false }],
          "meta": { "resourceType": "ResourceType", "location": "/scim/v2/ResourceTypes/User" }
        }
        """)!.AsObject();

    public static IReadOnlyList<JsonObject> Schemas()
    {
        JsonObject name = Attribute("name", "complex");
        name["subAttributes"] = new JsonArray([.. new[] { "formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix" }.Select(n => (JsonNode)Attribute(n))]);
        JsonObject userName = Attribute("userName");
        (userName["required"], userName["uniqueness"]) = (true, "server");
        userName["description"] = "The mail address, which is the login as well";
        JsonObject password = Attribute("password");
        (password["mutability"], password["returned"]) = ("writeOnly", "never");
        JsonObject roles = Attribute("roles", "complex", true);
        roles["subAttributes"] = Values();
        JsonNode[] attributes = [userName, Attribute("displayName"), name, Attribute("active", "boolean"), password, roles, .. Strings.Select(s => Attribute(s)), .. Lists.Select(List)];
        JsonNode[] enterprise = [.. EnterpriseStrings.Select(n => Attribute(n)), Attribute("manager", "complex")];
        return [Schema(User, "User", attributes), Schema(Enterprise, "EnterpriseUser", enterprise)];
    }

    private static JsonObject Schema(string id, string name, JsonNode[] attributes) => new()
    {
        ["schemas"] = new JsonArray("urn:ietf:params:scim:schemas:core:2.0:Schema"),
        ["id"] = id, ["name"] = name, ["description"] = name, ["attributes"] = new JsonArray(attributes),
        ["meta"] = new JsonObject { ["resourceType"] = "Schema", ["location"] = "/scim/v2/Schemas/" + id },
    };

    private static JsonObject List(string name)
    {
        JsonObject attribute = Attribute(name, "complex", true);
        attribute["subAttributes"] = Values();
        return attribute;
    }

    private static JsonArray Values() => [Attribute("value"), Attribute("display"), Attribute("type"), Attribute("primary", "boolean")];

    // §7: everything that stands in an attribute's definition.
    private static JsonObject Attribute(string name, string type = "string", bool many = false) => new()
    {
        ["name"] = name, ["type"] = type, ["multiValued"] = many, ["description"] = name, ["required"] = false, ["caseExact"] = false,
        ["mutability"] = "readWrite", ["returned"] = "default", ["uniqueness"] = "none",
    };
}
