namespace Ptt.Dns.Messages;

/// <summary>TYPE and QTYPE values by their IANA numbers. A type that is not named here is carried as a number.</summary>
public enum RecordType : ushort
{
    A = 1,
    NS = 2,
    CName = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Opt = 41,
    DS = 43,
    RRSig = 46,
    DnsKey = 48,
    Tlsa = 52,
    Tsig = 250,
    Axfr = 252,
    Any = 255,
    Caa = 257,
}
