using System.Net;

namespace Ptt.Dns.Updating;

/// <summary>Each refusal in words: what the server meant, and what to do about it.</summary>
internal static class UpdateExplanations
{
    public static string Explain(UpdateFailure failure, DomainName zone, IPEndPoint server, TsigKey key, TimeSpan skew) => failure switch
    {
        UpdateFailure.BadKey =>
            $"{server} does not know the key {key.Name} with {key.Algorithm} (BADKEY). Compare name and algorithm with the server's configuration.",
        UpdateFailure.BadSig =>
            $"{server} knows the key {key.Name}, but our signature does not fit its secret (BADSIG). Compare the secret.",
        UpdateFailure.BadTime =>
            $"The clocks of {server} and of this machine are {skew.Duration().TotalSeconds:0} s apart (BADTIME), also after taking over the server's time. Set both clocks.",
        UpdateFailure.NotAuth =>
            $"{server} is not the primary of {zone} (NOTAUTH). Name the primary in Ptt:Dns:Update:Zones:{zone}:Server.",
        UpdateFailure.NotZone =>
            $"A name of the update lies outside the zone {zone} (NOTZONE). Check which zone holds it: there may be a zone cut below {zone}.",
        UpdateFailure.Refused =>
            $"{server} refuses to change {zone} for the key {key.Name} (REFUSED). Permit it there: allow-update or update-policy in BIND, an acl with action update in Knot.",
        UpdateFailure.YXDomain or UpdateFailure.YXRRset =>
            $"A record that we did not write is in the way in {zone} ({failure.ToString().ToUpperInvariant()}). It was left alone.",
        UpdateFailure.NXDomain or UpdateFailure.NXRRset =>
            $"A record in {zone} is no longer what we wrote ({failure.ToString().ToUpperInvariant()}). It was left alone.",
        UpdateFailure.ServFail =>
            $"{server} could not carry out the update of {zone} (SERVFAIL). Its log says why: often it cannot write the zone file or its journal.",
        UpdateFailure.FormErr =>
            $"{server} did not understand the update (FORMERR).",
        UpdateFailure.NotImplemented =>
            $"{server} does not take updates (NOTIMP). Name another server, or enter the records by hand.",
        UpdateFailure.ForgedReply =>
            $"The reply that came from {server} is not signed with the key {key.Name}, or not for our request. It is not believed; someone may be in between.",
        _ => failure.ToString(),
    };
}
