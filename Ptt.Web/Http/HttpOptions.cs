using System.ComponentModel.DataAnnotations;

namespace Ptt.Web.Http;

public sealed class HttpOptions
{
    public const string Section = "Ptt:Http";

    /// <summary>Requests a minute that one token, person or address may send to the API; 0 for no limit.</summary>
    [Range(0, 1_000_000)]
    public int RequestsPerMinute { get; set; } = 1200;

    /// <summary>The largest body that the API takes.</summary>
    [Range(1024, 1_073_741_824)]
    public long MaxBodySize { get; set; } = 8 * 1024 * 1024;
}
