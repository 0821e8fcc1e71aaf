using Ptt.Mail;
using Ptt.Smtp.Sasl;

namespace Ptt.Smtp.Server;

/// <summary>Counts the open sessions of each login, for those whose user may have only so many (<see cref="Login.MaxSessions"/>).</summary>
public sealed class LoginSessions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Mailbox, int> _open = [];

    /// <summary>True takes a place, which <see cref="Leave"/> gives back.</summary>
    public bool TryEnter(Login login)
    {
        lock (_lock)
        {
            int open = _open.GetValueOrDefault(login.Address);
            if (open >= (login.MaxSessions ?? int.MaxValue))
            {
                return false;
            }

            _open[login.Address] = open + 1;
            return true;
        }
    }

    public void Leave(Login login)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(login.Address, out int open) && open > 1)
            {
                _open[login.Address] = open - 1;
            }
            else
            {
                _open.Remove(login.Address);
            }
        }
    }
}
