using Ptt.Dns;

namespace Ptt.Smtp.Relay;

/// <summary>
/// <c>Ptt:Relay:Routes</c>. The longest name wins: <c>example.org</c> is for that domain, <c>.example.org</c> for all below it,
/// <c>*</c> for whatever is left. A destination without a route goes by MX.
/// </summary>
public sealed class RouteTable
{
    private readonly Dictionary<string, Route> _routes = new(StringComparer.OrdinalIgnoreCase);

    public RouteTable(IReadOnlyDictionary<string, string> routes)
    {
        foreach ((string domain, string hop) in routes)
        {
            if (Route.TryParse(hop, out Route? route))       // what does not parse stopped the start already
            {
                _routes[Key(domain)] = route;
            }
        }
    }

    public Route? Find(Destination destination)
    {
        if (_routes.Count == 0)
        {
            return null;
        }

        if (_routes.TryGetValue(destination.Name, out Route? exact))
        {
            return exact;
        }

        for (int dot = destination.IsLiteral ? -1 : destination.Name.IndexOf('.'); dot >= 0; dot = destination.Name.IndexOf('.', dot + 1))
        {
            if (_routes.TryGetValue(destination.Name[dot..], out Route? above))
            {
                return above;
            }
        }

        return _routes.GetValueOrDefault("*");
    }

    private static string Key(string domain) => domain switch
    {
        "*" => domain,
        ['.', .. { } below] when DomainName.TryParse(below, out DomainName name) => "." + name,
        _ => DomainName.TryParse(domain, out DomainName name) ? name.ToString() : domain,
    };
}
