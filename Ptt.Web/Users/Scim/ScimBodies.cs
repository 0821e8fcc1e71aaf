using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Ptt.Web.Users.Scim;

// What SCIM takes and gives, for the description of the API; ScimMapping reads and writes the resources themselves, with what else clients send.

internal sealed record ScimUserBody(
    [property: Description("A mail address, the login as well")] string UserName, IReadOnlyList<string>? Schemas = null,
    [property: Description("Made by us; stays when userName changes")] string? Id = null, [property: Description("The provider's own id")] string? ExternalId = null,
    string? DisplayName = null, ScimNameBody? Name = null, bool? Active = null, [property: Description("Never shown")] string? Password = null,
    IReadOnlyList<ScimValueBody>? Emails = null, IReadOnlyList<ScimValueBody>? PhoneNumbers = null, IReadOnlyList<ScimValueBody>? Roles = null,
    string? Title = null, string? PreferredLanguage = null, string? Locale = null, string? Timezone = null,
    [property: JsonPropertyName(ScimSchemas.Enterprise)] ScimEnterpriseBody? Enterprise = null, ScimMetaBody? Meta = null);

internal sealed record ScimNameBody(string? Formatted = null, string? FamilyName = null, string? GivenName = null);

internal sealed record ScimValueBody(string? Value = null, string? Type = null, bool? Primary = null);

internal sealed record ScimEnterpriseBody(string? EmployeeNumber = null, string? CostCenter = null, string? Organization = null, string? Division = null, string? Department = null);

internal sealed record ScimMetaBody(string? ResourceType = null, DateTimeOffset? LastModified = null, string? Location = null, string? Version = null);

internal sealed record ScimPatchBody([property: JsonPropertyName("Operations")] IReadOnlyList<ScimOperationBody> Operations, IReadOnlyList<string>? Schemas = null);

internal sealed record ScimOperationBody(
    [property: Description("add, replace or remove, in any case")] string Op,
    [property: Description("RFC 7644 §3.5.2; without it value is an object of attributes")] string? Path = null, JsonNode? Value = null);

internal sealed record ScimSearchBody(
    IReadOnlyList<string>? Schemas = null, string? Filter = null, string? SortBy = null, string? SortOrder = null, int? StartIndex = null, int? Count = null,
    IReadOnlyList<string>? Attributes = null, IReadOnlyList<string>? ExcludedAttributes = null);

internal sealed record ScimListBody(
    IReadOnlyList<string> Schemas, int TotalResults, int StartIndex, int ItemsPerPage, [property: JsonPropertyName("Resources")] IReadOnlyList<ScimUserBody> Resources);

/// <summary>RFC 7644 §3.12.</summary>
internal sealed record ScimErrorBody(IReadOnlyList<string> Schemas, string Status, string? ScimType, string? Detail);
