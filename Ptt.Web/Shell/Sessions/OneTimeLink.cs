using System.Security.Cryptography;
using System.Text;
using Ptt.Web.Access;

namespace Ptt.Web.Shell.Sessions;

/// <summary>
/// The way in while there is no administrator: a link printed to the console, good for one sign-in and only as long as
/// nobody is an administrator. In the sandbox it is printed at every start and stays good until the process ends.
/// </summary>
internal sealed class OneTimeLink(IPeople people, SandboxLink sandbox)
{
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(24);
    private int _used;

    public bool IsOpen => sandbox.Enabled || (_used == 0 && !people.AnyAdministrator);

    public string Path => "/sign-in/link?token=" + Convert.ToHexStringLower(_secret);

    public bool TryUse(string? token)
    {
        bool right = IsOpen && token is { Length: 48 }
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(token), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(_secret)));
        return right && (Interlocked.Exchange(ref _used, 1) == 0 || sandbox.Enabled);
    }
}

/// <summary>Whether the link serves the sandbox, where signing in is no secret.</summary>
internal sealed record SandboxLink(bool Enabled);
