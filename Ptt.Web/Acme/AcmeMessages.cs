using System.Text.Json.Serialization;

namespace Ptt.Web.Acme;

/// <summary>RFC 8555 §7.1.1; <paramref name="RenewalInfo"/> is RFC 9773 §4.1.</summary>
internal sealed record AcmeDirectory(Uri NewNonce, Uri NewAccount, Uri NewOrder, Uri? RenewalInfo);

/// <summary>§7.3.</summary>
internal sealed record NewAccount(bool TermsOfServiceAgreed, IReadOnlyList<string>? Contact, Jws? ExternalAccountBinding);

/// <summary>§7.4; <paramref name="Replaces"/> is RFC 9773 §5.</summary>
internal sealed record NewOrder(IReadOnlyList<AcmeIdentifier> Identifiers, string? Replaces);

internal sealed record AcmeIdentifier(string Type, string Value);

/// <summary>§7.1.3: pending, ready, processing, valid or invalid.</summary>
internal sealed record AcmeOrder(string Status, IReadOnlyList<Uri> Authorizations, Uri Finalize, Uri? Certificate, AcmeProblem? Error);

/// <summary>§7.1.4. The identifier of a wildcard stands without its asterisk.</summary>
internal sealed record AcmeAuthorization(AcmeIdentifier Identifier, string Status, IReadOnlyList<AcmeChallenge> Challenges);

/// <summary>§8.</summary>
internal sealed record AcmeChallenge(string Type, Uri Url, string? Token, AcmeProblem? Error);

/// <summary>§7.4: a request for the certificate itself, in base64url.</summary>
internal sealed record Finalization(string Csr);

/// <summary>§6.7, RFC 7807.</summary>
internal sealed record AcmeProblem(string? Type, string? Detail, IReadOnlyList<AcmeProblem>? Subproblems);

/// <summary>RFC 9773 §4.2: when the authority would like us to come again.</summary>
internal sealed record RenewalInfo(RenewalWindow SuggestedWindow);

internal sealed record RenewalWindow(DateTimeOffset Start, DateTimeOffset End);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcmeDirectory))]
[JsonSerializable(typeof(NewAccount))]
[JsonSerializable(typeof(NewOrder))]
[JsonSerializable(typeof(AcmeOrder))]
[JsonSerializable(typeof(AcmeAuthorization))]
[JsonSerializable(typeof(Finalization))]
[JsonSerializable(typeof(AcmeProblem))]
[JsonSerializable(typeof(RenewalInfo))]
[JsonSerializable(typeof(Jws))]
[JsonSerializable(typeof(JwsHeader))]
[JsonSerializable(typeof(Jwk))]
[JsonSerializable(typeof(AcmeAttempts))]
internal sealed partial class AcmeJson : JsonSerializerContext;
