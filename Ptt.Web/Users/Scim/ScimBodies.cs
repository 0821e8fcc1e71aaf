using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Ptt.Web.Users.Scim;

// What SCIM takes and gives, for the description of the API; ScimMapping reads and writes the resources themselves, with what else clients send.

internal sealed record ScimUserBody(
    IReadOnlyList<string>? Schemas, [property: Description("Made by us; stays when userName changes")] string? Id, [property: Description("The provider's own id")] string? ExternalId,
    [property: Description("A mail address, the login as well")] string UserName, string? DisplayName, ScimNameBody? Name, bool? Active,
    [property: Description("Never shown")] string? Password, IReadOnlyList<ScimValueBody>? Emails, IReadOnlyList<ScimValueBody>? PhoneNumbers, IReadOnlyList<ScimValueBody>? Roles,
    string? Title, string? PreferredLanguage, string? Locale, string? Timezone,
    [property: JsonPropertyName(ScimSchemas.Enterprise)] ScimEnterpriseBody? Enterprise, ScimMetaBody? Meta);

internal sealed record ScimNameBody(string? Formatted, string? FamilyName, string? GivenName);

internal sealed record ScimValueBody(string? Value, string? Type, bool? Primary);

internal sealed record ScimEnterpriseBody(string? EmployeeNumber, string? CostCenter, string? Organization, string? Division, string? Department);

internal sealed record ScimMetaBody(string? ResourceType, DateTimeOffset? LastModified, string? Location, string? Version);

internal sealed record ScimPatchBody(IReadOnlyList<string>? Schemas, [property: JsonPropertyName("Operations")] IReadOnlyList<ScimOperationBody> Operations);

internal sealed record ScimOperationBody(
    [property: Description("add, replace or remove, in any case")] string Op, [property: Description("RFC 7644 §3.5.2; without it value is an object of attributes")] string? Path, JsonNode? Value);

internal sealed record ScimSearchBody(
    IReadOnlyList<string>? Schemas, string? Filter, string? SortBy, string? SortOrder, int? StartIndex, int? Count, IReadOnlyList<string>? Attributes, IReadOnlyList<string>? ExcludedAttributes);

internal sealed record ScimListBody(
    IReadOnlyList<string> Schemas, int TotalResults, int StartIndex, int ItemsPerPage, [property: JsonPropertyName("Resources")] IReadOnlyList<ScimUserBody> Resources);

/// <summary>RFC 7644 §3.12.</summary>
internal sealed record ScimErrorBody(IReadOnlyList<string> Schemas, string Status, string? ScimType, string? Detail);
