using System.Net;

namespace Ptt.Web.Monitoring;

/// <summary>Who may look from outside, and where traces go.</summary>
public sealed class MonitoringOptions
{
    public const string Section = "Ptt:Monitoring";

    /// <summary>Networks (CIDR) that may read <c>/metrics</c> and the details of <c>/readyz</c> without a token; loopback when empty. Others need the scope <c>system:read</c>.</summary>
    public List<string> Networks { get; set; } = [];

    /// <summary>Log lines to standard output: <c>Json</c>, one object a line for machines, or <c>Text</c>; empty takes <c>Text</c> in Development and else <c>Json</c>.</summary>
    public string LogFormat { get; set; } = "";

    public bool Trusts(IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Networks.Count == 0 ? IPAddress.IsLoopback(address) : Networks.Any(n => IPNetwork.TryParse(n, out IPNetwork network) && network.Contains(address));
    }
}
