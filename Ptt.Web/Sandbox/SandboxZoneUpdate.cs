using Ptt.Dns;
using Ptt.Dns.Messages;

namespace Ptt.Web.Sandbox;

/// <summary>The server's side of an update (RFC 2136 §3), as a pure function of the zone's records and the message.</summary>
internal static class SandboxZoneUpdate
{
    public static (ResponseCode Code, List<ResourceRecord>? Records) Apply(DomainName zone, IReadOnlyList<ResourceRecord> records, DnsMessage update)
    {
        ResponseCode code = Prerequisites(zone, records, update.Answers);
        code = code == ResponseCode.NoError ? Prescan(zone, update.Authority) : code;
        if (code != ResponseCode.NoError)
        {
            return (code, null);
        }

        List<ResourceRecord> changed = [.. records];
        foreach (ResourceRecord change in update.Authority)
        {
            Carry(zone, changed, change);
        }

        return changed.SequenceEqual(records) ? (ResponseCode.NoError, null) : (ResponseCode.NoError, WithNextSerial(zone, changed));
    }

    /// <summary>§3.2.5.</summary>
    private static ResponseCode Prerequisites(DomainName zone, IReadOnlyList<ResourceRecord> records, IReadOnlyList<ResourceRecord> prerequisites)
    {
        foreach (ResourceRecord wanted in prerequisites)
        {
            bool isEmpty = wanted.Data is RecordData.Unknown { Octets.IsEmpty: true };
            if (wanted.Ttl != TimeSpan.Zero || (wanted.Class != RecordClass.IN && !isEmpty))
            {
                return ResponseCode.FormErr;
            }

            if (!wanted.Name.IsWithin(zone))
            {
                return ResponseCode.NotZone;
            }

            bool nameIsThere = records.Any(r => r.Name == wanted.Name);
            bool setIsThere = records.Any(r => r.Name == wanted.Name && r.Type == wanted.Type);
            ResponseCode code = (wanted.Class, wanted.Type) switch
            {
                (RecordClass.Any, RecordType.Any) => nameIsThere ? ResponseCode.NoError : ResponseCode.NXDomain,
                (RecordClass.Any, _) => setIsThere ? ResponseCode.NoError : ResponseCode.NXRRset,
                (RecordClass.None, RecordType.Any) => nameIsThere ? ResponseCode.YXDomain : ResponseCode.NoError,
                (RecordClass.None, _) => setIsThere ? ResponseCode.YXRRset : ResponseCode.NoError,
                (RecordClass.IN, not RecordType.Any) => ResponseCode.NoError,
                _ => ResponseCode.FormErr,
            };
            if (code != ResponseCode.NoError)
            {
                return code;
            }
        }

        bool equal = prerequisites.Where(p => p.Class == RecordClass.IN).GroupBy(p => (p.Name, p.Type)).All(set =>
            records.Where(r => (r.Name, r.Type) == set.Key).Select(r => r.Data).ToHashSet().SetEquals(set.Select(p => p.Data)));
        return equal ? ResponseCode.NoError : ResponseCode.NXRRset;
    }

    /// <summary>§3.4.1.3.</summary>
    private static ResponseCode Prescan(DomainName zone, IReadOnlyList<ResourceRecord> changes)
    {
        foreach (ResourceRecord change in changes)
        {
            bool isEmpty = change.Data is RecordData.Unknown { Octets.IsEmpty: true };
            bool isMeta = change.Type is RecordType.Axfr or (> (RecordType)250 and < RecordType.Any);
            bool good = change.Class switch
            {
                RecordClass.IN => !isMeta && change.Type != RecordType.Any,
                RecordClass.Any => !isMeta && change.Ttl == TimeSpan.Zero && isEmpty,
                RecordClass.None => !isMeta && change.Type != RecordType.Any && change.Ttl == TimeSpan.Zero,
                _ => false,
            };
            if (!change.Name.IsWithin(zone))
            {
                return ResponseCode.NotZone;
            }

            if (!good)
            {
                return ResponseCode.FormErr;
            }
        }

        return ResponseCode.NoError;
    }

    /// <summary>§3.4.2: what would break the zone is passed over in silence, as the RFC has it.</summary>
    private static void Carry(DomainName zone, List<ResourceRecord> records, ResourceRecord change)
    {
        bool isApex = change.Name == zone;
        switch (change.Class)
        {
            case RecordClass.IN when change.Type == RecordType.Soa:
                break;   // the serial is ours to count

            case RecordClass.IN:
                // §3.4.2.2: an alias stands alone at its name.
                bool othersAreThere = records.Any(r => r.Name == change.Name && (r.Type == RecordType.CName) != (change.Type == RecordType.CName));
                if (!othersAreThere)
                {
                    records.RemoveAll(r => r.Name == change.Name && r.Type == change.Type && (r.Data == change.Data || change.Type == RecordType.CName));
                    for (int i = 0; i < records.Count; i++)
                    {
                        // RFC 2181 §5.2: a set has one TTL.
                        records[i] = records[i].Name == change.Name && records[i].Type == change.Type ? records[i] with { Ttl = change.Ttl } : records[i];
                    }

                    records.Add(change);
                }

                break;

            case RecordClass.Any:
                records.RemoveAll(r => r.Name == change.Name && (change.Type == RecordType.Any || r.Type == change.Type)
                    && !(isApex && r.Type is RecordType.Soa or RecordType.NS));
                break;

            case RecordClass.None:
                bool isLastServer = isApex && change.Type == RecordType.NS && records.Count(r => r.Name == zone && r.Type == RecordType.NS) == 1;
                if (!isLastServer && change.Type != RecordType.Soa)
                {
                    records.RemoveAll(r => r.Name == change.Name && r.Type == change.Type && r.Data == change.Data);
                }

                break;
        }
    }

    /// <summary>§3.6, with the arithmetic of RFC 1982: after the last number comes 0, which we pass over.</summary>
    private static List<ResourceRecord> WithNextSerial(DomainName zone, List<ResourceRecord> records)
    {
        int at = records.FindIndex(r => r.Name == zone && r.Type == RecordType.Soa);
        var soa = (RecordData.Soa)records[at].Data;
        records[at] = records[at] with { Data = soa with { Serial = soa.Serial == uint.MaxValue ? 1 : soa.Serial + 1 } };
        return records;
    }
}
